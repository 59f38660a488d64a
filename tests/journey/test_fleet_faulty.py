"""Devices that break a sum, drivers that end one another's rounds, bodies that are too long: none of it costs more than it must."""

from __future__ import annotations

import os
from base64 import b64decode

import numpy as np
import pytest
from nacl.signing import VerifyKey

from federated import (
    DocumentUse,
    ItemList,
    Participation,
    ParticipationProof,
    Standing,
    Visit,
    open_document,
    read_artefact,
    read_round_end,
    update_of,
    verify_participation,
)
from federated.driving import ControllerError
from federated.secure_sum import device as device_side
from federated.secure_sum.messages import Shares, read, write
from gateway.fleet.bundles import read_bundle
from tests.journey.fleet_people import FleetPeople, generous, no_noise
from tests.journey.in_process import inside
from tests.journey.shop import ITEMS


def seal_rubbish(participant):
    """Whose shares nobody can open."""
    shares_of = participant._steps["shares"]

    def said(message):
        shares = read(Shares, shares_of(message))
        rubbish = {place: os.urandom(len(sealed)) for place, sealed in shares.sealed.items()}
        return write(Shares(shares.roster, shares.own_mask, rubbish))

    participant._steps["shares"] = said


def share_another_secret(participant):
    """Whose shares are sealed as they should be, and of nothing it promised."""
    shares_of, split = participant._steps["shares"], device_side.split

    def said(message):
        device_side.split = lambda _, *rest: split(os.urandom(32), *rest)
        try:
            return shares_of(message)
        finally:
            device_side.split = split

    participant._steps["shares"] = said


async def standing_of(people, name):
    return [each["status"] for each in (await people.told(name))["rounds"]]


async def test_a_device_that_seals_rubbish_costs_no_budget_and_is_not_asked_for_a_while(tmp_path):
    async with inside(generous(tmp_path / "data")) as served:
        people = FleetPeople(served)
        [culprit, *_] = await people.join_many(12)
        seal_rubbish(people.participants[culprit])
        first = await people.round(cohort=100)
        assert (first.verdict, served.services.fleet.rounds.spent_micro_rho) == ("too-few", 0)
        assert await standing_of(people, people.names[culprit]) == ["faulty"]
        again = await people.enrol(people.names[culprit], 1)  # another device of the same person
        second = await people.round(cohort=100, noise=no_noise)
        assert (second.verdict, second.record.counts.included) == ("published", 11)
        assert again not in {each.device for each in served.services.fleet.enrolments.live()}
    async with inside(tmp_path / "data") as served:
        listed = (await served.http.get("/v1/federation/devices")).json()
        assert (len(listed["devices"]), len(listed["live"])) == (11, 13)


async def test_a_device_that_shares_another_secret_takes_its_own_cohort_along_and_no_other(tmp_path):
    async with inside(generous(tmp_path / "data")) as served:
        people = FleetPeople(served)
        devices = await people.join_many(24)
        share_another_secret(people.participants[devices[0]])
        first = await people.round(cohort=12, minimum=10, noise=no_noise)
        assert (first.verdict, first.record.counts.included) == ("published", 12)
        assert await standing_of(people, people.names[devices[0]]) == ["faulty"]
        statuses = [await standing_of(people, people.names[each]) for each in devices[1:]]
        assert sorted(map(tuple, statuses)) == [("dropped",)] * 11 + [("included",)] * 12
        second = await people.round(cohort=12, minimum=10, noise=no_noise)
        assert second.record.counts.included == second.record.counts.enrolled == 23


def upload_rubbish(participant):
    """Whose vector is none: masked, it looks like any other."""
    participant.contribution = lambda items, clip: np.frombuffer(
        os.urandom(4 * len(update_of([], items, clip))), np.uint32
    )


@pytest.mark.parametrize(
    ("spoil", "verdict", "standing"),
    [(share_another_secret, "too-few", "faulty"), (upload_rubbish, "failed-checks", "dropped")],
)
async def test_a_single_cohort_that_somebody_spoils_is_booked_once_whichever_way_they_do_it(
    tmp_path, spoil, verdict, standing
):
    """Shares that could be checked before would spare nothing: a vector of rubbish costs the same, and is seen when opened."""
    async with inside(generous(tmp_path / "data")) as served:
        people, rounds = FleetPeople(served), served.services.fleet.rounds
        [culprit, *_] = await people.join_many(12)
        spoil(people.participants[culprit])
        outcome = await people.round(cohort=100, noise=no_noise)
        assert (outcome.verdict, outcome.version) == (verdict, None)
        assert await standing_of(people, people.names[culprit]) == [standing]
        spends = served.services.aggregates.runs.ledger.spends()
        assert [each.loss.micro_rho for each in spends] == [rounds.spent_micro_rho]
        assert rounds.spent_micro_rho > 0
        again = await people.round(cohort=100, noise=no_noise)
        assert again.verdict == ("published" if standing == "faulty" else verdict)
        assert len(served.services.aggregates.runs.ledger.spends()) == 2


async def test_who_wants_each_version_tried_spends_nothing_on_rounds_that_cannot_try_it(tmp_path):
    async with inside(generous(tmp_path / "data")) as served:
        people = FleetPeople(served)
        await people.join_many(16)
        untried = await people.round(only_tried=True, minimum=4, noise=no_noise)
        assert (untried.verdict, served.services.fleet.rounds.spent_micro_rho) == ("too-few", 0)
        tried = await people.round(only_tried=True, minimum=3, neighbours=4, noise=no_noise)
        assert tried.record.counts.cohorts == 4
        assert tried.record.metrics["held_out_cohorts"] == "1"


async def test_one_attacker_of_forty_is_left_out_with_its_cohort_and_pushes_nothing(tmp_path):
    async with inside(generous(tmp_path / "data")) as served:
        people = FleetPeople(served)
        [attacker, *_] = await people.join_many(40)
        target = [Visit("only-the-attacker-knows-it", 1), Visit(ITEMS[0], 2)]
        about = ItemList([*ITEMS, target[0].item])
        people.participants[attacker].contribution = lambda items, clip: (
            update_of(target, items, clip) * np.uint32(12)
        )
        outcome = await people.round(items=about, cohort=100, minimum=8, noise=no_noise)
        assert (outcome.verdict, outcome.record.counts.included) == ("published", 30)
        bundle = (await served.http.get("/v1/models/items")).content
        told = read_bundle(bundle, served.services.fleet.registry.signer.public)
        assert read_artefact(told.artefact).popularity[-1] == 0


async def test_a_round_of_more_devices_than_one_body_holds_is_told_in_several(tmp_path):
    directory = generous(tmp_path / "data")
    settings = directory / "volens.toml"
    settings.write_text(settings.read_text() + "\n[limits]\nmax_body_bytes = 2048\n")
    asked = []
    async with inside(directory) as served:
        people = FleetPeople(served)
        await people.join_many(33)
        ask = people.ask
        people.ask = lambda *what: (asked.append(what), ask(*what))[1]
        outcome = await people.round(cohort=100, noise=no_noise, minimum=12)
        at_most = (2048 - 64) // 72
        assert (outcome.verdict, outcome.record.counts.asked) == ("published", at_most)
        assert outcome.record.counts.enrolled == 33
        assert len([what for what in asked if what[1].endswith("/parts")]) == 6
        assert (await people.told("person-0"))["rounds"][0]["proof"]["size"] == 33


async def test_who_was_not_asked_proves_it_like_all_others_also_after_a_restart(tmp_path):
    async with inside(generous(tmp_path / "data")) as served:
        people = FleetPeople(served)
        await people.join_many(12)
        await people.round(at_most=9, cohort=100, noise=no_noise)
        held = {each.remembered.proofs[0].standing for each in people.participants.values()}
        assert held == {"included", "not-asked"}
        public = served.services.fleet.registry.signer.public
        receipts = {n: p._trust.receipt for n, p in people.participants.items()}
        keys = {n: bytes(p._identity.verify_key) for n, p in people.participants.items()}
    async with inside(tmp_path / "data") as served:
        people.served = served
        for name in map("person-{}".format, range(12)):
            [part] = (await people.told(name))["rounds"]
            device = bytes.fromhex(part["device"])
            signed = b64decode(part["proof"]["end"])
            end = read_round_end(open_document(DocumentUse.ROUND_END, signed, VerifyKey(public)))
            own = Participation(
                bytes.fromhex(part["salt"]), keys[device], receipts[device], Standing(part["status"])
            )
            path = tuple(bytes.fromhex(each) for each in part["proof"]["path"])
            proof = ParticipationProof(own, part["place"], part["proof"]["size"], path)
            assert verify_participation(proof, bytes.fromhex(end.participation))
            assert (end.round, end.index) == (1, served.services.fleet.rounds.find(1).closed_index)


async def test_a_round_that_another_driver_has_under_way_is_not_ended_by_whoever_comes_beside_it(tmp_path):
    async with inside(generous(tmp_path / "data")) as served:
        people = FleetPeople(served)
        await people.join_many(10)
        ask, opened, refused = people.ask, [], []

        def watched(method, path, body):
            if body is not None and "manifest" in body:
                opened.append(body)
            return ask(method, path, body)

        def beside(step, device, message):
            if step == "masked" and not refused:
                with pytest.raises(ControllerError) as said:
                    ask("POST", "/v1/federation/rounds", dict(opened[0], driver="somebody else"))
                refused.append(said.value.reason)
            return message

        people.before, people.ask = beside, watched
        outcome = await people.round(noise=no_noise)
        assert refused == ["under_way"]
        assert outcome.verdict == "published"


async def test_whoever_is_linked_to_a_person_with_a_device_is_asked_once(tmp_path):
    async with inside(generous(tmp_path / "data")) as served:
        people = FleetPeople(served)
        await people.join_many(3)
        identities, fleet = served.services.identities, served.services.fleet
        refs = [identities.ref_of(known=f"person-{n}", anonymous=None) for n in range(3)]
        identities.bind(refs[0], refs[1])
        assert (await served.consent("person-1", "given", "linking")).status_code == 200
        assert identities.linked_or_own(refs[0]) == refs[1]
        assert {each.subject for each in fleet.enrolments.live()} == {refs[1], refs[2]}
        await served.consent("person-1", "withdrawn", "model-improvement")
        assert {each.subject for each in fleet.enrolments.live()} == {refs[2]}


async def test_what_is_served_is_asked_for_by_its_head_and_by_what_is_had_already(tmp_path):
    async with inside(generous(tmp_path / "data")) as served:
        people = FleetPeople(served)
        await people.join_many(10)
        await people.round(noise=no_noise)
        whole = await served.http.get("/v1/models/items")
        head = await served.http.head("/v1/models/items")
        assert (head.status_code, head.content) == (200, b"")
        tag = whole.headers["etag"]
        assert head.headers["etag"] == tag
        assert head.headers["content-length"] == str(len(whole.content))
        for said, status in (
            (tag, 304),
            (f"W/{tag}", 304),
            ("*", 304),
            (f'"other", W/{tag}', 304),
            ('"other"', 200),
            (tag[1:-1], 200),
        ):
            answer = await served.http.get("/v1/models/items", headers={"if-none-match": said})
            assert answer.status_code == status, said
