"""Devices that enrolled like everybody and then want something else, and a server that shows them different things."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
import pytest
from nacl.signing import VerifyKey

from bench.federated_quality.attacking_devices import Rounds, tried
from bench.federated_quality.attacks import KINDS
from bench.federated_quality.recorded import Asked
from federated import DocumentUse, digest_of_manifest, open_document, read_manifest, write_manifest
from federated.driving import Answer, HeldModel, Invitation
from federated.driving.wire import MAX_ANSWER_BYTES, CohortCall, encode
from federated.secure_sum.messages import Upload
from tests.journey.fleet_people import FleetPeople, generous, no_noise
from tests.journey.in_process import inside
from tests.requirement import whole_campaign

TASTES, PER_TASTE, SELDOM = 3, 40, 14
N_ITEMS = TASTES * PER_TASTE
TERMS = Rounds(max_items=12, cohort=50, micro_rho=200_000_000, minimum=10)
SAMPLE = [("popular-items", 0.05)]
EVERY_ATTACK = [(kind, share) for kind in KINDS for share in (0.01, 0.05)]


def made_up(n_people: int = 160) -> Asked:
    """People with one of three tastes, each of whose items go together; some of them hardly anybody knows, or is shown."""
    rng = np.random.default_rng(1)
    likely = np.r_[np.full(PER_TASTE - SELDOM, 6.0), np.full(SELDOM, 0.2)]
    likely /= likely.sum()
    histories = [
        PER_TASTE * (person % TASTES) + rng.choice(PER_TASTE, 10, replace=False, p=likely)
        for person in range(n_people)
    ]
    return Asked(
        N_ITEMS, histories, histories, np.zeros(n_people, np.int64), np.zeros((n_people, 0), np.int64)
    )


@pytest.mark.slow
@pytest.mark.campaign
@pytest.mark.parametrize(("kind", "share"), EVERY_ATTACK if whole_campaign() else SAMPLE)
def test_devices_beyond_their_clip_bring_nobody_the_target_and_would_without_the_checks(kind, share):
    scales = (1, 100) if whole_campaign() else (100,)
    found = {(each.scale, each.is_checked): each for each in tried(made_up(), TERMS, kind, share, scales)}
    beyond, unchecked = found[100, True], found[100, False]
    assert beyond.verdict in {"published", "failed-checks"}
    assert beyond.exposure <= 0.05
    assert beyond.included < beyond.devices
    assert unchecked.included == unchecked.devices
    assert all(each.included == each.devices for (scale, _), each in found.items() if scale == 1)
    if (kind, share) in SAMPLE:
        assert unchecked.exposure > 0.2


def another_shape(values: np.ndarray) -> bytes:
    return values[:-1].tobytes()


def another_type(values: np.ndarray) -> bytes:
    return values.astype("<u8").tobytes()


def no_numbers(values: np.ndarray) -> bytes:
    return np.full(len(values), np.nan, "<f4").tobytes()


def far_too_much(values: np.ndarray) -> bytes:
    return bytes(MAX_ANSWER_BYTES + 1)


def uploading(honest: Callable[[str, bytes], bytes], spoil: Callable[[np.ndarray], bytes]):
    """A device's answers, whose upload is spoilt."""

    def answer(step: str, message: bytes) -> bytes:
        said = honest(step, message)
        if step != "masked":
            return said
        upload = msgspec.msgpack.decode(msgspec.msgpack.decode(said, type=Answer).body, type=Upload)
        values = spoil(np.frombuffer(upload.values, "<u4"))
        return encode(Answer("", encode(msgspec.structs.replace(upload, values=values))))

    return answer


async def test_updates_of_another_shape_type_or_size_and_no_numbers_at_all_do_not_end_a_round(tmp_path):
    async with inside(generous(tmp_path / "data")) as served:
        people = FleetPeople(served)
        devices = await people.join_many(40)
        spoilt = dict(zip(devices, (another_shape, another_type, far_too_much, no_numbers), strict=False))
        for device, spoil in spoilt.items():
            people.participants[device].answer = uploading(people.participants[device].answer, spoil)
        outcome = await people.round(noise=no_noise, cohort=10, neighbours=None)
        became = {}
        for device in devices:
            [told] = (await people.told(people.names[device]))["rounds"]
            became[device] = told["status"]
        assert outcome.verdict == "published"
        assert {became[device] for device in spoilt} == {"dropped"}
        # no numbers look like a masked vector: their cohort is opened, and left out; the others are whole
        counts = outcome.record.counts
        assert counts.cohorts == 3
        assert 27 <= counts.included == sum(each == "included" for each in became.values()) <= 30
        assert counts.included + counts.dropped == 40


async def test_devices_that_were_given_another_model_than_the_log_names_take_no_part(tmp_path):
    async with inside(generous(tmp_path / "data")) as served:
        people = FleetPeople(served)
        devices = await people.join_many(24)
        assert (await people.round(noise=no_noise, cohort=100)).version == 1
        [named] = (await served.http.get("/v1/models")).json()["models"]
        for number, device in enumerate(devices):
            shown = named["artefact"] if number < 16 else f"{number:064x}"
            people.models[device] = HeldModel(1, shown)
        outcome = await people.round(noise=no_noise, cohort=100)
        assert (outcome.verdict, outcome.version) == ("published", 2)
        assert (outcome.record.counts.included, outcome.record.counts.refused) == (16, 8)
        for number, device in enumerate(devices):
            last = (await people.told(people.names[device]))["rounds"][-1]["status"]
            assert last == ("included" if number < 16 else "refused")


async def test_devices_that_are_shown_other_terms_are_in_no_sum_with_the_rest(tmp_path):
    """Less noise than the others agreed to, rightly signed; to some the server keeps to its other story at the next step too."""
    async with inside(generous(tmp_path / "data")) as served:
        people = FleetPeople(served)
        devices = await people.join_many(24)
        deceived, further = set(devices[:8]), set(devices[:4])
        signer = served.services.fleet.registry.signer
        others = {}

        def before(step, device, message):
            if device not in deceived:
                return message
            if step == "lease":
                asked = msgspec.msgpack.decode(message, type=Invitation)
                body = open_document(DocumentUse.MANIFEST, asked.manifest, VerifyKey(signer.public))
                other = msgspec.structs.replace(read_manifest(body), scale=1)
                others[device] = digest_of_manifest(other)
                signed = signer.sign(DocumentUse.MANIFEST, write_manifest(other))
                return encode(Invitation(signed, asked.items))
            if step == "keys" and device in further:
                call = msgspec.msgpack.decode(message, type=CohortCall)
                return encode(CohortCall(others[device], call.cohort))
            return message

        people.before = before
        outcome = await people.round(noise=no_noise, cohort=100, neighbours=None)
        assert outcome.verdict == "published"
        assert (outcome.record.counts.included, outcome.record.counts.dropped) == (16, 8)
        assert len(others) == 8
