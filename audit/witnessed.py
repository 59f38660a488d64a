"""A checkpoint under a trust policy: which log signed it, who cosigned it, and whether that is enough."""

from __future__ import annotations

from dataclasses import dataclass

from audit.checkpoint import Checkpoint, parse_checkpoint
from audit.cosignature import time_cosigned
from audit.errors import NoteError
from audit.note import open_note
from audit.trust_policy import TrustPolicy


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A good cosignature."""

    name: str
    """Whose, as the policy calls the witness."""
    at: int
    """When (unix seconds), as the witness says."""


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A checkpoint that a log of the policy signed."""

    checkpoint: Checkpoint
    """What was signed."""
    cosigned: tuple[Cosigned, ...]
    """By whom else."""
    is_enough: bool
    """Whether the quorum of the policy is among them."""


def read_witnessed(note: bytes, policy: TrustPolicy) -> Witnessed:
    """Read a checkpoint with its cosignatures.

    Raises:
        NoteError: malformed, not signed by a log of the policy under its own name, or a known signature does not verify.
    """
    logs = [log.verifier for log in policy.logs]
    witnesses = {(each.verifier.name, each.verifier.key_id): each.name for each in policy.witnesses}
    found = open_note(note, [*logs, *(each.verifier for each in policy.witnesses)])
    checkpoint = parse_checkpoint(found.text)
    signed = {(each.name, each.key_id) for each in found.verified}
    if not any(log.name == checkpoint.origin and (log.name, log.key_id) in signed for log in logs):
        raise NoteError("the checkpoint is not signed by a log that is believed")
    cosigned = tuple(
        Cosigned(witnesses[each.name, each.key_id], time_cosigned(each))
        for each in found.verified
        if (each.name, each.key_id) in witnesses
    )
    return Witnessed(checkpoint, cosigned, policy.is_met({each.name for each in cosigned}))
