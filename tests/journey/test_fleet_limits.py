"""What a fleet does not take: devices in bulk, and more items than a model holds. Both are said before anything is done."""

from __future__ import annotations

import asyncio

import pytest
from nacl.signing import SigningKey

from gateway.cli import main
from gateway.directory.init_directory import initialise
from gateway.errors import FleetRefusedError
from gateway.fleet.enrolments import MAX_DEVICES_OF_ONE
from gateway.fleet_server.serving import why_no_round
from tests.journey.fleet_people import PURPOSE, FleetPeople, node_key
from tests.journey.in_process import inside


@pytest.fixture
def directory(tmp_path):
    initialise(tmp_path / "data")
    return tmp_path / "data"


def add(directory, text):
    settings = directory / "volens.toml"
    settings.write_text(settings.read_text() + text)


async def enrolled(served):
    return len((await served.http.get("/v1/federation/devices")).json()["devices"])


async def test_a_source_that_enrols_in_bulk_is_told_to_wait_and_nothing_is_enrolled(directory):
    add(directory, "\n[federated]\nenrolments_per_hour = 3\n")
    async with inside(directory) as served:
        people = FleetPeople(served)
        await people.join_many(3)
        assert (await served.consent("somebody", "given", PURPOSE)).status_code == 200
        key = bytes(SigningKey.generate().verify_key).hex()
        body = {"subject": {"id": "somebody"}, "node_key": node_key(), "signing_key": key}
        refused = await served.http.post("/v1/devices", json=body)
        assert refused.status_code == 429
        assert refused.json()["type"].endswith("/rate-limited")
        assert 0 < int(refused.headers["retry-after"]) <= 1_200
        assert await enrolled(served) == 3
        left = await served.http.post("/v1/devices/leave", json={"subject": {"id": "person-0"}})
        assert left.json() == {"left": 1}
        assert await enrolled(served) == 2


async def test_a_person_has_eight_devices_at_a_time(directory):
    async with inside(directory) as served:
        people = FleetPeople(served)
        await people.join("person-0", 0)
        fleet, ref = (
            served.services.fleet,
            served.services.identities.ref_of(known="person-0", anonymous=None),
        )
        for number in range(MAX_DEVICES_OF_ONE - 2):
            await fleet.enrolments.enrol(ref, node_key(), bytes([number]) * 32)
        at_once = [fleet.enrolments.enrol(ref, node_key(), bytes([number]) * 32) for number in (90, 91, 92)]
        came = await asyncio.gather(*at_once, return_exceptions=True)
        assert [isinstance(each, FleetRefusedError) for each in came] == [False, True, True]
        with pytest.raises(FleetRefusedError) as refused:
            await fleet.enrolments.enrol(ref, node_key(), bytes([99]) * 32)
        assert refused.value.reason == "too_many_devices"
        assert await enrolled(served) == 1  # one of a person's devices is asked


@pytest.mark.parametrize(
    "weak", ["00" * 32, "01" + "00" * 31, "ff" * 32, "ec" + "ff" * 30 + "7f", "02" + "00" * 31]
)
async def test_a_signing_key_under_which_anybody_could_sign_is_not_enrolled(directory, weak):
    async with inside(directory) as served:
        assert (await served.consent("person-0", "given", PURPOSE)).status_code == 200
        body = {"subject": {"id": "person-0"}, "node_key": node_key(), "signing_key": weak}
        refused = await served.http.post("/v1/devices", json=body)
        assert (refused.status_code, refused.json()["reason"]) == (409, "signing_key")
        assert await enrolled(served) == 0


async def test_that_there_is_nothing_to_learn_about_is_known_before_a_round_begins(directory):
    async with inside(directory) as served:
        people = FleetPeople(served)
        assert await asyncio.to_thread(why_no_round, people.ask) == "no_items"
        await served.stock()
        assert await asyncio.to_thread(why_no_round, people.ask) is None


async def test_more_items_than_a_model_holds_are_said_by_config_check(directory, capsys):
    async with inside(directory) as served:
        for start in range(0, 3_000, 1_000):
            items = [{"id": f"i{n}", "category": ("a", "b")[n % 2]} for n in range(start, start + 1_000)]
            assert (await served.http.put("/v1/items", json={"items": items})).status_code == 200
        refused = await served.http.get("/v1/federation/items")
        assert (refused.status_code, refused.json()["reason"]) == (409, "too_many_items")
        assert await asyncio.to_thread(why_no_round, FleetPeople(served).ask) == "too_many_items"

    async def check():
        return await asyncio.to_thread(main, ["config", "check", str(directory)]), capsys.readouterr()

    code, said = await check()
    assert code == 0
    assert "more than 2,048 items" in said.out
    add(directory, '\n[federated]\ncategories = ["a"]\n')
    code, said = await check()
    assert code == 0
    assert "devices  would learn about 1,500 items" in said.out
    settings = directory / "volens.toml"
    settings.write_text(settings.read_text().replace('["a"]', '["a", "b"]'))
    code, said = await check()
    assert code == 1
    assert "federated.categories: more than 2,048 items" in said.err
