"""A manifest is signed only if it says what the gateway says: anything else is refused before a device sees it."""

from __future__ import annotations

import msgspec
import pytest

from federated import Terms, write_manifest
from gateway.errors import FleetRefusedError
from gateway.fleet.judging import judge_manifest
from gateway.fleet.values import Round, RoundState
from tests.unit.federated.test_documents import MANIFEST

TERMS = Terms(MANIFEST.name, MANIFEST.version, MANIFEST.policy, MANIFEST.purpose, MANIFEST.parent)
NOW = MANIFEST.closes_at - 1


def refusal(manifest, before=(), now=NOW):
    with pytest.raises(FleetRefusedError) as refused:
        judge_manifest(manifest, TERMS, before, now)
    return refused.value.reason


def test_what_says_the_terms_may_be_signed_until_it_closes():
    assert judge_manifest(write_manifest(MANIFEST), TERMS, (), NOW) == MANIFEST
    assert refusal(write_manifest(MANIFEST), now=MANIFEST.closes_at) == "other_terms"


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"},
        {"version": MANIFEST.version + 1},
        {"policy": "0" * 64},
        {"purpose": "advertising"},
        {"parent": "0" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
def test_other_terms_are_refused(change):
    assert refusal(write_manifest(msgspec.structs.replace(MANIFEST, **change))) == "other_terms"


def test_what_cannot_be_read_and_what_was_here_before_are_refused():
    manifest = write_manifest(MANIFEST)
    before = Round(round_id=1, state=RoundState.ABORTED, opened_at=1, manifest=manifest, opened_index=1)
    assert refusal(manifest, [before]) == "seen_before"
    assert refusal(b"{}") == "malformed"
