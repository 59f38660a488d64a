"""A device takes part in what was signed, in nothing else, and only while its person wants it to."""

from __future__ import annotations

import os
from copy import deepcopy
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
    Participation,
    RoundEnd,
    ServerSum,
    Standing,
    Terms,
    Visit,
    digest_of_manifest,
    participation_proofs,
    participation_root,
    sign_document,
    write_manifest,
    write_round_end,
)
from federated.driving import (
    Answer,
    Evidence,
    Floors,
    HeldModel,
    Invitation,
    Participant,
    Remembered,
    RoundSettings,
    Trust,
    read_answer,
)
from federated.driving.course import manifest_of
from federated.driving.wire import CohortCall

PUBLISHER = SigningKey(b"p" * 32)
ITEMS = ItemList(["cup", "tea", "pot"])
NOW = 1_800_000_000
TRUST = Trust(
    publisher=bytes(PUBLISHER.verify_key),
    purpose="model-improvement",
    program="a" * 64,
    receipt=bytes(32),
    floors=Floors(most_rho=1e9, minimum=3, neighbours=4),
)
TERMS = Terms("items", 4, "b" * 64, "model-improvement", "c" * 64)
SETTINGS = RoundSettings(items=ITEMS, program="a" * 64, scale=100, clip=Clip(), recipe=ModelRecipe())


def manifest() -> Manifest:
    return manifest_of(SETTINGS, TERMS, NOW)


def participant(
    willing=lambda: True, model: HeldModel | None = None, now: int = NOW, trust: Trust = TRUST
) -> Participant:
    return Participant(
        identity=SigningKey(b"d" * 32),
        trust=trust,
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


def test_a_version_that_is_left_out_does_not_let_another_model_come_before_a_round():
    skipping = changed(manifest(), version=9)
    assert lease(participant(model=HeldModel(3, "f" * 64)), skipping) == "other-model"
    assert lease(participant(model=HeldModel(3, "c" * 64)), skipping) == ""
    assert lease(participant(model=HeldModel(3, "f" * 64, newest="c" * 64)), skipping) == ""


@pytest.mark.parametrize(
    ("floors", "reason"),
    [
        ({}, ""),
        ({"most_rho": manifest().rho * 0.99}, "weaker-terms"),
        ({"minimum": SETTINGS.minimum + 1}, "weaker-terms"),
        ({"neighbours": 14}, "weaker-terms"),
    ],
)
def test_a_device_holds_a_round_to_what_it_was_promised_when_it_enrolled(floors, reason):
    promised = {"most_rho": manifest().rho, "minimum": SETTINGS.minimum, "neighbours": 12, **floors}
    held = replace(TRUST, floors=Floors(**promised))
    assert lease(participant(trust=held), manifest()) == reason
    whole = changed(manifest(), neighbours=None)
    assert lease(participant(trust=held), whole) == ("" if "neighbours" in floors else reason)


def test_two_devices_that_are_shown_different_manifests_never_end_up_in_one_sum():
    """Each advertises for the round that it was shown: a list with the other's keys is refused."""
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
    device, said = participant(), manifest()
    assert lease(device, said) == ""
    reasons = []
    for cohort in (0, 1, 1, 2, 3):
        answer = read_answer(device.answer("keys", encode(CohortCall(digest_of_manifest(said), cohort))))
        assert answer is not None
        reasons.append(answer.reason)
    assert reasons == ["", "", "not-now", "", "not-now"]


SMALL = changed(manifest(), minimum=3, neighbours=None)


def people(count: int, **more) -> list[tuple[bytes, Participant]]:
    """Devices that agreed to a small round, with their keys."""
    made = []
    for number in range(count):
        identity = SigningKey(bytes([number + 1]) * 32)
        device = Participant(
            identity=identity,
            trust=TRUST,
            history=lambda: [Visit("cup", 1)],
            willing=lambda: True,
            now=lambda: NOW,
            draw=os.urandom,
            **more,
        )
        assert lease(device, SMALL) == ""
        made.append((bytes(identity.verify_key), device))
    return made


def said_by(device: Participant, step: str, message: bytes) -> Answer:
    answer = read_answer(device.answer(step, message))
    assert answer is not None
    return answer


def keys_of(device: Participant, cohort: int) -> Answer:
    return said_by(device, "keys", encode(CohortCall(digest_of_manifest(SMALL), cohort)))


def masked_of(members: list[tuple[bytes, Participant]], cohort: int) -> list[str]:
    """Bring a cohort as far as its masked contributions: why each device gave none, empty where it did."""
    server = ServerSum(SMALL.plan_of(cohort))
    for key, device in members:
        assert server.enter(key, keys_of(device, cohort).body) is None
    roster = server.close_entries()
    assert isinstance(roster, bytes)
    for key, device in members:
        assert server.take_shares(key, said_by(device, "shares", roster).body) is None
    server.close_shares()
    inboxes = [(device, server.inbox_of(key)) for key, device in members]
    return [said_by(device, "masked", inbox).reason for device, inbox in inboxes if isinstance(inbox, bytes)]


def test_whoever_has_uploaded_is_in_no_other_cohort_of_the_round_whose_sum_would_differ_by_one_person():
    members = people(5)
    assert masked_of(members, 0) == [""] * 5
    assert [keys_of(device, 1).reason for _, device in members[:4]] == ["not-now"] * 4


def test_the_same_signed_terms_begin_nothing_anew_once_a_device_has_uploaded():
    members = people(5)
    assert masked_of(members, 0) == [""] * 5
    assert [lease(device, SMALL) for _, device in members] == ["over"] * 5
    assert [keys_of(device, 0).reason for _, device in members] == ["not-now"] * 5
    _, device = members[0]
    assert lease(device, changed(SMALL, closes_at=SMALL.closes_at + 1)) == ""
    assert lease(device, SMALL) == "over"


def test_the_same_signed_terms_give_no_cohort_a_second_time_before_an_upload_either():
    [(_, device)] = people(1)
    assert keys_of(device, 0).reason == ""
    assert lease(device, SMALL) == ""
    assert keys_of(device, 0).reason == "not-now"


def test_a_cohort_that_is_put_together_anew_before_an_upload_goes_on():
    members = people(4)
    assert [keys_of(device, 0).reason for _, device in members] == [""] * 4
    assert masked_of(members, 1) == [""] * 4


def test_a_device_that_starts_anew_still_knows_what_it_uploaded_to():
    kept: list[Remembered] = []
    members = people(3, keep=lambda remembered: kept.append(deepcopy(remembered)))
    assert masked_of(members, 0) == [""] * 3
    again = Participant(
        identity=SigningKey(bytes([1]) * 32),
        trust=TRUST,
        history=list,
        willing=lambda: True,
        now=lambda: NOW,
        draw=os.urandom,
        remembered=kept[0],
    )
    assert lease(again, SMALL) == "over"


def test_nothing_leaves_a_device_that_cannot_keep_that_it_did():
    def full(_: Remembered) -> None:
        raise OSError

    members = people(3, keep=full)
    assert masked_of(members, 0) == ["not-kept"] * 3
    assert said_by(members[0][1], "unmask", b"").reason == "not-now"


def evidence(
    manifest: bytes, standing: Standing, *, by: SigningKey = PUBLISHER, of: bytes | None = None
) -> bytes:
    """What a device is told at the end, in a tree of three; signed by somebody, perhaps as the end of another round."""
    key = bytes(SigningKey(b"d" * 32).verify_key)
    devices = [(key, standing), (b"o" * 32, Standing.INCLUDED), (b"p" * 32, Standing.DROPPED)]
    listed = [
        Participation(bytes([n]) * 32, device, TRUST.receipt, said)
        for n, (device, said) in enumerate(devices)
    ]
    end = RoundEnd(
        round=1,
        manifest=(of or manifest).hex(),
        record="a" * 64,
        participation=participation_root(listed).hex(),
        origin="log.example",
        index=7,
    )
    signed = sign_document(DocumentUse.ROUND_END, write_round_end(end), by)
    own = participation_proofs(listed)[0]
    return encode(Evidence(manifest, signed, bytes(32), standing.value, own.index, own.size, own.path))


@pytest.mark.parametrize("standing", [Standing.NOT_ASKED, Standing.WITHDRAWN, Standing.DROPPED])
def test_a_device_that_was_in_no_sum_keeps_the_proof_of_it_once(standing):
    kept: list[Remembered] = []
    device = participant()
    device._keep = lambda remembered: kept.append(deepcopy(remembered))
    told = evidence(b"m" * 32, standing)
    assert said_by(device, "done", told).reason == ""
    assert [each.standing for each in kept[-1].proofs] == [standing.value]
    assert said_by(device, "done", told).reason == "not-now"
    assert said_by(device, "done", evidence(b"n" * 32, standing)).reason == ""
    assert len(kept[-1].proofs) == 2


def test_a_proof_that_nobody_signed_that_is_of_another_round_or_of_an_upload_there_was_not_is_refused():
    device = participant()
    other, now = SigningKey(b"q" * 32), Standing.NOT_ASKED
    assert said_by(device, "done", evidence(b"m" * 32, now, by=other)).reason == "malformed"
    assert said_by(device, "done", evidence(b"m" * 32, now, of=b"n" * 32)).reason == "malformed"
    assert said_by(device, "done", evidence(b"m" * 32, Standing.INCLUDED)).reason == "malformed"
    device.remembered.uploaded.add(b"m" * 32)
    assert said_by(device, "done", evidence(b"m" * 32, Standing.INCLUDED)).reason == ""


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
