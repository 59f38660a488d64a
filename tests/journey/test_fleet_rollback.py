"""Devices that hold a version which was gone back to take part in the next round, whoever wrote down the rollback."""

from __future__ import annotations

from gateway.bootstrap import view_fleet
from gateway.fleet import registry as registry_module
from gateway.fleet.bundles import GOES_ON_FROM, read_bundle
from gateway.fleet.verifying import verify_fleet
from gateway.fleet_server.served_model import held_of
from gateway.settings.reading import load_settings
from tests.journey.fleet_people import FleetPeople, generous, no_noise
from tests.journey.in_process import inside

DEVICES = 11


async def statement(served):
    bundle = (await served.http.get("/v1/models/items")).content
    return read_bundle(bundle, served.services.fleet.registry.signer.public).statement


async def round_of_devices_that_hold_what_is_served(people):
    """Each has fetched the version that is served."""
    held = held_of(await statement(people.served))
    people.models = dict.fromkeys(people.participants, held)
    return await people.round(noise=no_noise, cohort=100)


async def gone_back(served):
    """People, two versions, and the second taken back."""
    people = FleetPeople(served)
    await people.join_many(DEVICES - 1)
    assert (await people.round(noise=no_noise, cohort=100)).version == 1
    await people.join("somebody-else", 0)
    assert (await round_of_devices_that_hold_what_is_served(people)).version == 2
    assert (await served.http.post("/v1/models/items/rollback")).status_code == 200
    return people


def findings(directory, public):
    with view_fleet(load_settings(directory), public) as past:
        return verify_fleet(past).findings


async def test_devices_go_on_from_the_version_that_was_taken_back(tmp_path):
    async with inside(generous(tmp_path / "data")) as served:
        people = await gone_back(served)
        outcome = await round_of_devices_that_hold_what_is_served(people)
        assert (outcome.verdict, outcome.version, outcome.record.counts.refused) == ("published", 3, 0)


async def test_a_rollback_that_does_not_say_what_is_gone_on_from_is_said_anew_at_the_next_start(
    tmp_path, monkeypatch
):
    async with inside(generous(tmp_path / "data")) as served:
        with monkeypatch.context() as earlier:
            earlier.setattr(registry_module, "GOES_ON_FROM", "said_nothing_by_an_earlier_gateway")
            people = await gone_back(served)
        before = await statement(served)
        assert GOES_ON_FROM not in before.card
        stuck = await round_of_devices_that_hold_what_is_served(people)
        assert (stuck.verdict, stuck.record.counts.refused) == ("too-few", DEVICES)
    async with inside(tmp_path / "data") as served:
        people.served = served
        again = await statement(served)
        assert (again.version, again.artefact) == (1, before.artefact)
        assert again.log.index > before.log.index
        outcome = await round_of_devices_that_hold_what_is_served(people)
        assert (outcome.verdict, outcome.version, outcome.record.counts.refused) == ("published", 3, 0)
        public = served.services.fleet.registry.signer.public
    async with inside(tmp_path / "data") as served:
        assert (await statement(served)).version == 3
    assert findings(tmp_path / "data", public) == []
