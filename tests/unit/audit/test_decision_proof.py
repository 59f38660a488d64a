"""Checking a decision: every link of the chain is looked at, and none can be exchanged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audit import (
    Checkpoint,
    CosignatureSigner,
    DecisionProof,
    Entry,
    Kind,
    NoteSigner,
    Outcome,
    Proof,
    ProofError,
    TrustPolicy,
    UnwitnessedError,
    commit,
    encode_entry,
    hash_leaf,
    prove_inclusion,
    read_trust_policy,
    root_of,
    sign_checkpoint,
    subtree_of,
    verify_decision,
)

LOG = NoteSigner.from_seed("gateway.example/audit/r1", bytes([7]) * 32)
OTHER = NoteSigner.from_seed("gateway.example/audit/r2", bytes([9]) * 32)
ONE = CosignatureSigner("witness.example/w1", bytes([8]) * 32)
TWO = CosignatureSigner("witness.example/w2", bytes([6]) * 32)
AT = 1_795_000_020
PAYLOAD, OPENING = b"what was decided", bytes(range(32))
INDEX = 5


def entry(kind: Kind = Kind.DECISION, payload: bytes = PAYLOAD) -> bytes:
    return encode_entry(
        Entry(kind, Outcome.PERSONALISED, AT, ("rec",), tag=bytes(16), commitment=commit(OPENING, payload))
    )


def shown(
    *, kind: Kind = Kind.DECISION, signer: NoteSigner = LOG, witnesses: tuple[CosignatureSigner, ...] = (ONE,)
) -> DecisionProof:
    body = entry(kind)
    leaves = [hash_leaf(bytes([number])) for number in range(12)]
    leaves[INDEX] = hash_leaf(body)
    checkpoint = Checkpoint(signer.name, 12, root_of(leaves))
    note = sign_checkpoint(checkpoint, signer)
    for each in witnesses:
        note += each.cosign(checkpoint.text(), AT)
    proof = Proof(INDEX, tuple(prove_inclusion(INDEX, 12, subtree_of(leaves))), note).text()
    return DecisionProof(PAYLOAD, OPENING, body, proof)


def policy(quorum: str = "any") -> TrustPolicy:
    witnesses = f"witness one {ONE.verifier.vkey}\nwitness two {TWO.verifier.vkey}\n"
    group = "" if quorum == "none" else f"group G {quorum} one two\n"
    return read_trust_policy(
        f"log {LOG.vkey}\n{witnesses}{group}quorum {'none' if quorum == 'none' else 'G'}\n".encode()
    )


def test_a_proof_holds() -> None:
    proven = verify_decision(shown(), policy())
    assert (proven.index, proven.checkpoint.size) == (INDEX, 12)
    assert proven.entry.outcome is Outcome.PERSONALISED
    assert [(each.name, each.at) for each in proven.cosigned] == [("one", AT)]
    assert proven.is_witnessed


def test_too_few_witnesses_are_told_apart_from_a_false_proof() -> None:
    with pytest.raises(UnwitnessedError):
        verify_decision(shown(), policy("all"))
    with pytest.raises(UnwitnessedError):
        verify_decision(shown(witnesses=()), policy())
    proven = verify_decision(shown(witnesses=()), policy(), accept_unwitnessed=True)
    assert not proven.is_witnessed


def test_a_policy_that_asks_for_no_witness_proves_nothing_by_itself() -> None:
    for witnesses in ((), (ONE,)):
        with pytest.raises(UnwitnessedError):
            verify_decision(shown(witnesses=witnesses), policy("none"))
        proven = verify_decision(shown(witnesses=witnesses), policy("none"), accept_unwitnessed=True)
        assert not proven.is_witnessed


def test_a_cosignature_of_somebody_unknown_counts_for_nothing() -> None:
    stranger = CosignatureSigner("witness.example/w1", bytes([3]) * 32)
    with pytest.raises(UnwitnessedError):
        verify_decision(shown(witnesses=(stranger,)), policy())


@pytest.mark.parametrize(
    "change",
    [
        {"payload": b"something else"},
        {"opening": bytes(32)},
        {"opening": OPENING[:31]},
        {"entry": entry(payload=b"something else")},
        {"entry": entry() + b" "},
        {"entry": b""},
        {"proof": b""},
        {"proof": shown().proof.replace(b"index 5", b"index 6")},
        {"proof": shown(signer=OTHER).proof},
        {"proof": shown(kind=Kind.PERMISSION).proof},
    ],
    ids=lambda change: next(iter(change)),
)
def test_nothing_can_be_exchanged(change: dict[str, bytes]) -> None:
    for accept in (False, True):
        with pytest.raises(ProofError) as caught:
            verify_decision(replace(shown(), **change), policy(), accept_unwitnessed=accept)
        assert not isinstance(caught.value, UnwitnessedError)


def test_every_byte_counts() -> None:
    good = shown()
    for name in ("payload", "opening", "entry", "proof"):
        data = getattr(good, name)
        for at in range(0, len(data), 7):
            changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
            with pytest.raises(ProofError):
                verify_decision(replace(good, **{name: changed}), policy())


def test_the_entry_of_something_else_is_no_decision() -> None:
    with pytest.raises(ProofError):
        verify_decision(shown(kind=Kind.PERMISSION), policy())


def test_a_log_signs_under_its_own_name_only() -> None:
    """A key that is believed for one log does not speak for another."""
    good = shown()
    other = Checkpoint(OTHER.name, 12, bytes(32))
    note = other.text().encode() + b"\n" + LOG.sign(other.text()).rpartition(b"\n\n")[2]
    forged = good.proof.partition(b"\n\n")[0] + b"\n\n" + note
    with pytest.raises(ProofError):
        verify_decision(replace(good, proof=forged), policy("none"))
