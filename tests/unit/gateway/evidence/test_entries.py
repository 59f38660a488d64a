"""Entries from templates are the same bytes as those of the general encoder."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import Entry, Kind, Outcome, decode_entry, encode_entry
from audit import commit as audit_commit
from consent import Policy, default_policy_text, parse_policy
from gateway.evidence import writing_entries
from gateway.evidence.entries import EntryWriter, commit
from gateway.evidence.sealing_events import DerivedEvidence
from gateway.evidence.writing_entries import fill_each, prepare_entries

prepare_entries()


@pytest.fixture
def policy() -> Policy:
    return parse_policy(default_policy_text())


def test_the_template_of_an_accepted_event_is_what_the_encoder_writes(policy: Policy) -> None:
    writer = EntryWriter(policy, 60)
    for bits in range(1, 1 << len(policy.purposes)):
        tag, commitment = os.urandom(16), os.urandom(32)
        expected = Entry(
            kind=Kind.EVENT,
            outcome=Outcome.ACCEPTED,
            at=1_795_000_020,
            purposes=policy.codes(bits),
            policy=policy.digest,
            tag=tag,
            commitment=commitment,
        )
        assert writer.accepted(bits, tag, commitment, 1_795_000_059) == encode_entry(expected)


@pytest.mark.parametrize(
    "outcome", [o for o in Outcome if o.value.startswith(("personalised", "unpersonalised"))]
)
def test_the_template_of_a_decision_is_what_the_encoder_writes(policy: Policy, outcome: Outcome) -> None:
    writer = EntryWriter(policy, 1)
    for purpose in policy.purposes:
        tag, commitment, model = os.urandom(16), os.urandom(32), os.urandom(32)
        expected = Entry(
            kind=Kind.DECISION,
            outcome=outcome,
            at=1_795_000_001,
            purposes=(purpose.code,),
            policy=policy.digest,
            model=model,
            tag=tag,
            commitment=commitment,
        )
        assert writer.decision(outcome, purpose.bit, tag, commitment, model, 1_795_000_001) == encode_entry(
            expected
        )


@pytest.mark.parametrize("outcome", [o for o in Outcome if o.value.startswith(("permitted", "denied"))])
@pytest.mark.parametrize("rules", [None, os.urandom(32)])
@pytest.mark.parametrize("code", [None, "rec"])
def test_the_template_of_a_permission_is_what_the_encoder_writes(
    policy: Policy, outcome: Outcome, rules: bytes | None, code: str | None
) -> None:
    tag, commitment = os.urandom(16), os.urandom(32)
    expected = Entry(
        kind=Kind.PERMISSION,
        outcome=outcome,
        at=1_795_000_020,
        purposes=() if code is None else (code,),
        policy=rules or policy.digest,
        tag=tag,
        commitment=commitment,
    )
    written = EntryWriter(policy, 60).permission(outcome, code, tag, commitment, 1_795_000_059, rules=rules)
    assert written == encode_entry(expected)


def test_a_shared_entry_counts_the_withheld_by_reason_and_rounds_the_time(policy: Policy) -> None:
    entry = EntryWriter(policy, 60).withheld(
        {Outcome.WITHHELD_REFUSED: 3, Outcome.DUPLICATE: 2}, 1_795_000_059
    )
    found = decode_entry(entry)
    assert (found.kind, found.counts, found.at) == (
        Kind.WITHHELD,
        {"refused": 3, "duplicate": 2},
        1_795_000_020,
    )
    assert found.tag is None
    assert found.commitment is None


def test_the_commitment_of_the_hot_path_is_that_of_the_log() -> None:
    r, payload = os.urandom(32), b"payload"
    assert commit(r, payload) == audit_commit(r, payload)


@given(st.lists(st.tuples(st.integers(1, 5), st.binary(max_size=300)), max_size=8))
def test_many_entries_are_the_same_as_one_by_one(events: list[tuple[int, bytes]]) -> None:
    writer, now = EntryWriter(parse_policy(default_policy_text()), 60), 1_795_000_059
    bits, halves = [which for which, _ in events], [half for _, half in events]
    tags, openings = [os.urandom(16) for _ in bits], [os.urandom(32) for _ in bits]
    evidence = DerivedEvidence(b"".join(tags), openings)
    expected = [
        writer.accepted(which, tag, audit_commit(opening, half), now)
        for which, tag, opening, half in zip(bits, tags, openings, halves, strict=True)
    ]
    assert writer.accepted_many(bits, evidence, halves, now) == expected
    assert writing_entries._made, "prepare_entries has made it"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing_entries, "_made", [])
        assert writer.accepted_many(bits, evidence, halves, now) == expected


def test_machine_code_is_given_nothing_of_another_length() -> None:
    assert fill_each({1: bytes(100)}, [1], bytes(15), bytes(32)) is None
    assert fill_each({1: bytes(100)}, [1], bytes(16), bytes(33)) is None
    assert fill_each({1: bytes(100)}, [1, 1], bytes(16), bytes(32)) is None
    assert fill_each({1: bytes(77)}, [1], bytes(16), bytes(32)) is None
