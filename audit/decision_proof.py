"""Checking a decision: one function that ties what was decided to a tree that enough others have seen.

Binding, in this order, and it stops at the first step that fails: payload -> commitment -> entry -> leaf -> root -> signature of
the log -> quorum of witnesses. There is no function here that does a part of it: a part proves nothing.

Source: c2sp.org/tlog-proof, tlog-policy; docs/audit-format.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from audit.checkpoint import Checkpoint
from audit.entry import Entry, commit, decode_entry
from audit.errors import EntryError, NoteError, ProofError, UnwitnessedError
from audit.merkle import hash_leaf, verify_inclusion
from audit.outcome import Kind
from audit.proof import read_proof
from audit.trust_policy import TrustPolicy
from audit.witnessed import Cosigned, read_witnessed


@dataclass(frozen=True, slots=True)
class DecisionProof:
    """What somebody shows of a decision."""

    payload: bytes
    """What was decided, as the commitment binds it."""
    opening: bytes
    """The 32 secret bytes of the commitment."""
    entry: bytes
    """The log's entry, byte for byte."""
    proof: bytes
    """The proof file."""


@dataclass(frozen=True, slots=True)
class Proven:
    """What was shown."""

    index: int
    """Place of the entry in the log."""
    entry: Entry
    """What it says."""
    checkpoint: Checkpoint
    """The tree that it is in."""
    cosigned: tuple[Cosigned, ...]
    """Who else has seen that tree."""
    is_witnessed: bool
    """Whether those are as many as the policy wants, and it wants any."""


def verify_decision(shown: DecisionProof, policy: TrustPolicy, *, accept_unwitnessed: bool = False) -> Proven:
    """Check everything that is claimed of a decision.

    Args:
        shown: the proof.
        policy: whom to believe; from somebody else than whoever shows the proof.
        accept_unwitnessed: believe the log alone where the quorum is not met (`is_witnessed` says so then).

    Raises:
        ProofError: it does not show it; the message says at which step.
        UnwitnessedError: everything holds but the quorum.
    """
    entry = _bound_entry(shown)
    proof = read_proof(shown.proof)
    try:
        seen = read_witnessed(proof.note, policy)
    except NoteError as exc:
        raise ProofError("the checkpoint is not signed by a log that is believed") from exc
    checkpoint = seen.checkpoint
    leaf = hash_leaf(shown.entry)
    if not verify_inclusion(leaf, proof.index, checkpoint.size, proof.hashes, checkpoint.root):
        raise ProofError("the entry is not at this place of the signed tree")
    if not seen.is_enough and not accept_unwitnessed:
        raise UnwitnessedError("too few witnesses have cosigned the checkpoint")
    is_witnessed = seen.is_enough and bool(seen.cosigned)
    return Proven(proof.index, entry, checkpoint, seen.cosigned, is_witnessed)


def _bound_entry(shown: DecisionProof) -> Entry:
    try:
        entry = decode_entry(shown.entry)
    except EntryError as exc:
        raise ProofError("these bytes are not an entry") from exc
    if entry.kind is not Kind.DECISION:
        raise ProofError("the entry is not that of a decision")
    if len(shown.opening) != 32 or commit(shown.opening, shown.payload) != entry.commitment:
        raise ProofError("the entry binds something else than this payload")
    return entry
