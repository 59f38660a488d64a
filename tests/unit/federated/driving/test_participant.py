"""A device takes part in what was signed, in nothing else, and only while its person wants it to."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from msgspec.msgpack import encode
from msgspec.structs import replace as changed
from nacl.signing import SigningKey

from federated import (
    Clip,
    DocumentUse,
    ItemList,
    Manifest,
    ModelRecipe,
    Terms,
    Visit,
    sign_document,
    write_manifest,
)
from federated.driving import HeldModel, Invitation, Participant, RoundSettings, Trust, read_answer
from federated.driving.course import manifest_of

PUBLISHER = SigningKey(b"p" * 32)
ITEMS = ItemList(["cup", "tea", "pot"])
NOW = 1_800_000_000
TRUST = Trust(
    publisher=bytes(PUBLISHER.verify_key), purpose="model-improvement", program="a" * 64, receipt=bytes(32)
)
TERMS = Terms("items", 4, "b" * 64, "model-improvement", "c" * 64)
SETTINGS = RoundSettings(items=ITEMS, program="a" * 64, scale=100, clip=Clip(), recipe=ModelRecipe())


def manifest() -> Manifest:
    return manifest_of(SETTINGS, TERMS, NOW)


def participant(willing=lambda: True, model: HeldModel | None = None, now: int = NOW) -> Participant:
    return Participant(
        identity=SigningKey(b"d" * 32),
        trust=TRUST,
        history=lambda: [Visit("cup", 1)],
        willing=willing,
        now=lambda: now,
        draw=os.urandom,
        model=lambda: model,
    )


def lease(device: Participant, said: Manifest, *, by: SigningKey = PUBLISHER, items=ITEMS.ids) -> str:
    """Why a device does not agree; empty if it does."""
    signed = sign_document(DocumentUse.MANIFEST, write_manifest(said), by)
    answer = read_answer(device.answer("lease", encode(Invitation(signed, items))))
    assert answer is not None
    return answer.reason


def test_a_device_agrees_to_a_round_that_is_as_it_should_be():
    assert lease(participant(), manifest()) == ""


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"purpose": "advertising"}, "other-purpose"),
        ({"program": "d" * 64}, "other-program"),
        ({"opens_at": NOW + 1}, "over"),
        ({"opens_at": NOW - 10, "closes_at": NOW}, "over"),
        ({"items": "e" * 64}, "other-items"),
    ],
)
def test_a_device_refuses_other_terms(change, reason):
    assert lease(participant(), changed(manifest(), **change)) == reason


def test_a_device_refuses_what_the_publisher_did_not_sign_and_lists_that_are_others():
    assert lease(participant(), manifest(), by=SigningKey(b"q" * 32)) == "not-signed"
    assert lease(participant(), manifest(), items=("cup", "tea", "jug")) == "other-items"


def test_a_device_refuses_while_its_person_does_not_want_it_to():
    assert lease(participant(willing=lambda: False), manifest()) == "unwilling"


def test_a_device_that_was_given_another_model_than_others_refuses():
    assert lease(participant(model=HeldModel(3, "f" * 64)), manifest()) == "other-model"
    assert lease(participant(model=HeldModel(3, "c" * 64)), manifest()) == ""
    assert lease(participant(model=HeldModel(4, "f" * 64)), manifest()) == "over"


def test_two_devices_that_are_shown_different_manifests_never_end_up_in_one_sum():
    """Each advertises for the round that it was shown: a list with the other's keys is refused."""
    from federated import ServerSum
    from federated.driving.wire import CohortCall

    one, other = changed(manifest(), minimum=3), changed(manifest(), minimum=3, scale=1)
    server = ServerSum(one.plan_of(0))
    reasons = []
    for number, shown in enumerate((one, one, one, other)):
        identity = SigningKey(bytes([number + 1]) * 32)
        device = Participant(
            identity=identity,
            trust=TRUST,
            history=list,
            willing=lambda: True,
            now=lambda: NOW,
            draw=os.urandom,
        )
        assert lease(device, shown) == ""
        from federated import digest_of_manifest

        call = encode(CohortCall(digest_of_manifest(shown), 0))
        answer = read_answer(device.answer("keys", call))
        assert answer is not None
        reasons.append(server.enter(bytes(identity.verify_key), answer.body))
    assert reasons == [None, None, None, "other-round"]


def test_steps_out_of_order_and_rubbish_are_refused_and_never_fail():
    device = participant()
    for step in ("keys", "shares", "masked", "unmask", "done", "nonsense"):
        for message in (b"", b"\xff" * 50, encode([b"x" * 32, 1])):
            answer = read_answer(device.answer(step, message))
            assert answer is not None
            assert answer.reason


def test_a_device_lets_itself_be_put_into_few_cohorts_of_one_round_only():
    from federated import digest_of_manifest
    from federated.driving.wire import CohortCall

    device, said = participant(), manifest()
    assert lease(device, said) == ""
    reasons = []
    for cohort in (0, 1, 1, 2, 3):
        answer = read_answer(device.answer("keys", encode(CohortCall(digest_of_manifest(said), cohort))))
        assert answer is not None
        reasons.append(answer.reason)
    assert reasons == ["", "", "not-now", "", "not-now"]


def test_trust_is_per_device():
    other = replace(TRUST, purpose="other")
    device = Participant(
        identity=SigningKey(b"d" * 32),
        trust=other,
        history=list,
        willing=lambda: True,
        now=lambda: NOW,
        draw=os.urandom,
    )
    assert lease(device, manifest()) == "other-purpose"
