"""Slates of the model that devices learnt, where a placement asks for it: from its publication on, and back after a rollback."""

from __future__ import annotations

import asyncio
import hashlib
import json

import pytest

from federated import Visit, rank, read_artefact
from federated.driving import ControllerError
from gateway.deciding.answers import digest_text
from gateway.fleet.bundles import read_bundle
from tests.gateway_process import volens
from tests.journey.fleet_people import FleetPeople, generous
from tests.journey.in_process import inside
from tests.journey.shop import ITEMS, view

PLACEMENT = '\n[[placements]]\nid = "theirs"\nmodel = "devices"\n'


def with_placement(directory):
    settings = generous(directory) / "volens.toml"
    settings.write_text(settings.read_text() + PLACEMENT)
    return directory


async def ada_looks(served):
    await served.stock()
    await served.consent("ada", "given")
    assert (await served.batch([view("ada", ITEMS[0])])).status_code == 200


async def artefact_of(served):
    answer = await served.http.get("/v1/models/items")
    return read_bundle(answer.content, served.services.fleet.registry.signer.public).artefact


async def theirs(served):
    return await served.decide("ada", placement="theirs", limit=5)


async def test_a_placement_ranks_with_the_version_that_is_served_at_that_moment(tmp_path):
    async with inside(with_placement(tmp_path / "data")) as served:
        people = FleetPeople(served)
        await ada_looks(served)
        before = await theirs(served)
        assert (before["personalised"], before["reason"]) == (False, "no_model")
        await people.join_many(40)
        made = {}
        for version in (1, 2):
            assert (await people.round(cohort=100, scale=300)).version == version
            made[version] = await artefact_of(served)
            answer = await theirs(served)
            assert (answer["personalised"], answer["model"]["version"]) == (True, version)
            assert answer["model"]["digest"] == digest_text(hashlib.sha256(made[version]).digest())
            on_device = rank(
                read_artefact(made[version]), [Visit(ITEMS[0], 1)], 2, limit=len(answer["items"])
            )
            assert [each["id"] for each in answer["items"]] == [item for item, _ in on_device]
        assert (await served.http.post("/v1/models/items/rollback")).status_code == 200
        assert (await theirs(served))["model"]["version"] == 1
        assert (await served.decide("ada", limit=5))["model"]["version"] != 1
        log = served.services.sequencer
        last = json.loads(log.read(answer["audit"]["index"], 1)[0][1])
        published = [
            json.loads(entry)
            for _, entry, _ in log.read(0, log.durable_size)
            if b'"federated_published"' in entry
        ]
        assert last["m"] == published[1]["m"]
        assert (await people.round(cohort=100, scale=300)).version == 3
        await served.consent("ada", "withdrawn")
        assert (await theirs(served))["personalised"] is False
    done = await asyncio.to_thread(volens, "federated", "rollback", tmp_path / "data")
    assert (done.returncode, done.stdout[:25]) == (0, "version 2 is served again")
    async with inside(tmp_path / "data") as served:
        await served.consent("ada", "given")
        await served.batch([view("ada", ITEMS[0])])
        assert (await theirs(served))["model"]["version"] == 2


@pytest.mark.parametrize(
    "said",
    [
        lambda found: {**found, "gate_popularity": found["gate_model"]},
        lambda found: {**found, "gate_noise": found["gate_model"]},
        lambda found: {name: value for name, value in found.items() if name != "gate_noise"},
    ],
    ids=["no_better", "better_by_less_than_noise", "nothing_said_of_noise"],
)
async def test_a_model_that_the_people_who_were_asked_do_not_prefer_is_never_ranked_with(tmp_path, said):
    def praised(method, path, body):
        if path.endswith("/close"):
            record = json.loads(body["record"])
            assert record["verdict"] == "published"
            record["metrics"] = said(record["metrics"])
            body = {**body, "record": json.dumps(record, separators=(",", ":"), sort_keys=True)}
        return asked(method, path, body)

    async with inside(with_placement(tmp_path / "data")) as served:
        people = FleetPeople(served)
        await ada_looks(served)
        await people.join_many(10)
        asked, people.ask = people.ask, praised
        with pytest.raises(ControllerError) as refused:
            await people.round()
        assert refused.value.reason == "record"
        assert (await theirs(served))["reason"] == "no_model"
