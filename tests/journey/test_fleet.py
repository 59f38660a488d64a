"""Devices learn together: a round, its model, and whoever withdraws, whenever they do."""

from __future__ import annotations

import pytest

from federated import Visit, rank, read_artefact
from federated.driving import ControllerError
from gateway.bootstrap import view_fleet
from gateway.fleet.bundles import Signer, read_bundle
from gateway.fleet.verifying import verify_fleet
from gateway.settings.reading import load_settings
from privacy import load_key_file
from tests.journey.fleet_people import FleetPeople, generous, no_noise
from tests.journey.in_process import inside
from tests.journey.shop import ITEMS, PER_SHELF


async def bundle_of(served):
    answer = await served.http.get("/v1/models/items")
    assert answer.status_code == 200
    return read_bundle(answer.content, served.services.fleet.registry.signer.public)


async def standings(people, name, round_id=None):
    told = (await people.told(name))["rounds"]
    return [each["status"] for each in told if round_id in (None, each["round"])]


def once(step, act):
    """A hook: act before the last message of a step."""
    seen = []

    def before(at, device, message):
        if at == step:
            seen.append(device)
            act(seen)
        return message

    return before


async def test_a_round_makes_a_model_that_knows_what_goes_together(tmp_path):
    async with inside(generous(tmp_path / "data")) as served:
        people = FleetPeople(served)
        await people.join_many(40)
        outcome = await people.round(cohort=100, minimum=20, scale=200)
        assert (outcome.verdict, outcome.version) == ("published", 1)
        assert outcome.record.counts.included == 40
        bundle = await bundle_of(served)
        slate = rank(read_artefact(bundle.artefact), [Visit(ITEMS[0], 1)], 2, limit=5)
        assert sum(ITEMS.index(name) < PER_SHELF for name, _ in slate) >= 4
        assert bundle.statement.card["included"] == 40
        assert bundle.statement.card["metrics"]["held_out_cohorts"] == "0"
        assert bundle.statement.card["held_out"].startswith("Nobody was held out")
        told = (await served.http.get("/v1/budget")).json()
        spent = {each["scope"]: round(each["spent"] * 10**6) for each in told["scopes"]}
        cost = served.services.fleet.rounds.spent_micro_rho
        assert spent == {"federated/always": cost, "global/always": cost}
        assert [(each["state"], each["key"][:12]) for each in told["spends"]] == [
            ("published", "federated/1-")
        ]
        assert told["epsilon_in_all"] > told["epsilon_always"] > 0
        assert (await served.http.get("/ops/insights")).status_code in {200, 404}


async def test_whoever_withdraws_before_is_not_asked_and_has_no_leaf(tmp_path):
    async with inside(generous(tmp_path / "data")) as served:
        people = FleetPeople(served)
        await people.join_many(12)
        await served.consent("person-3", "withdrawn", "model-improvement")
        outcome = await people.round()
        assert outcome.record.counts.enrolled == outcome.record.counts.included == 11
        assert await standings(people, "person-3") == []


@pytest.mark.parametrize("step", ["keys", "masked"])
async def test_whoever_withdraws_while_a_round_goes_on_stays_masked_and_the_sum_is_made_without_them(
    tmp_path, step
):
    async with inside(generous(tmp_path / "data")) as served:
        people = FleetPeople(served)
        await people.join_many(12)
        gone = []

        def withdraw(seen):
            if len(seen) == 6:
                gone.append(people.names[seen[0]])
                people.withdraw(gone[0])

        people.before = once(step, withdraw)
        outcome = await people.round(noise=no_noise, cohort=100)
        assert (outcome.verdict, outcome.record.counts.withdrawn) == ("published", 1)
        assert await standings(people, gone[0]) == ["withdrawn"]
        assert (await people.told(gone[0]))["carried"] == []
        without = (await bundle_of(served)).artefact
    async with inside(generous(tmp_path / "other")) as served:
        people = FleetPeople(served)
        for n in range(12):
            if f"person-{n}" not in gone:
                await people.join(f"person-{n}", n % 5)
        await people.round(noise=no_noise, cohort=100)
        assert (await bundle_of(served)).artefact == without


@pytest.mark.parametrize("begins_again", [True, False])
async def test_whoever_withdraws_between_unmasking_and_publication(tmp_path, begins_again):
    async with inside(generous(tmp_path / "data")) as served:
        people = FleetPeople(served)
        await people.join_many(12)
        people.before = once("unmask", lambda seen: len(seen) == 12 and people.withdraw("person-0"))
        outcome = await people.round(begins_again=begins_again)
        told = await people.told("person-0")
        assert [each["status"] for each in told["rounds"]] == ["included"]
        spent = served.services.fleet.rounds.spent_micro_rho
        assert spent > 0
        if begins_again:
            assert (outcome.verdict, outcome.version) == ("withdrawn-meanwhile", None)
            assert told["carried"] == []
        else:
            assert outcome.version == 1
            assert [(each["version"], each["current"]) for each in told["carried"]] == [(1, True)]


async def test_whoever_enrols_another_device_while_a_round_goes_on_has_withdrawn_nothing(tmp_path):
    async with inside(generous(tmp_path / "data")) as served:
        people = FleetPeople(served)
        await people.join_many(12)
        people.before = once(
            "unmask", lambda seen: len(seen) == 12 and people.wait(people.enrol("person-0", 1))
        )
        outcome = await people.round(noise=no_noise, cohort=100, begins_again=True)
        assert (outcome.verdict, outcome.version, outcome.record.counts.included) == ("published", 1, 12)
        listed = (await served.http.get("/v1/federation/devices")).json()
        assert (len(listed["devices"]), len(listed["live"])) == (12, 13)


async def test_whoever_withdraws_afterwards_is_in_no_later_version_and_the_earlier_ones_never_come_back(
    tmp_path,
):
    async with inside(generous(tmp_path / "data")) as served:
        people = FleetPeople(served)
        await people.join_many(14)
        for version in (1, 2):
            assert (await people.round()).version == version
        rolled = await served.http.post("/v1/models/items/rollback")
        assert (rolled.status_code, rolled.json()["version"]) == (200, 1)
        await served.consent("person-0", "withdrawn", "model-improvement")
        assert (await people.round()).record.counts.included == 13
        told = await people.told("person-0")
        assert told["devices"] == []
        carried = [(each["version"], each["current"], each["retired"]) for each in told["carried"]]
        assert carried == [
            (2, False, True),
            (1, False, True),
        ]  # devices that have them may use them until then
        states = [each["state"] for each in (await served.http.get("/v1/models")).json()["models"]]
        assert states == ["current", "retired", "retired"]
        refused = await served.http.post("/v1/models/items/rollback")
        assert refused.status_code == 409


async def test_a_version_is_not_gone_back_to_once_somebody_in_it_withdrew(tmp_path):
    async with inside(generous(tmp_path / "data")) as served:
        people = FleetPeople(served)
        await people.join_many(12)
        for _ in range(2):
            await people.round()
        await served.consent("person-0", "withdrawn", "model-improvement")
        refused = await served.http.post("/v1/models/items/rollback")
        assert (refused.status_code, refused.json()["reason"]) == (409, "retired")
        assert (await bundle_of(served)).statement.version == 2


@pytest.mark.parametrize("step", ["lease", "unmask", "done"])
async def test_a_driver_that_dies_at_any_step_leaves_a_round_that_the_next_one_ends(tmp_path, step):
    async with inside(generous(tmp_path / "data")) as served:
        people = FleetPeople(served)
        await people.join_many(10)

        def die(at, device, message):
            if at == step:
                raise KeyError(step)
            return message

        people.before = die
        with pytest.raises(KeyError):
            await people.round()
        people.before = lambda at, device, message: message
        published_before = step == "done"
        outcome = await people.round()
        assert outcome.version == (2 if published_before else 1)
        first = served.services.fleet.rounds.all()[0]
        assert first.state == ("closed" if published_before else "aborted")
        assert (first.spent_micro_rho > 0) == (step in {"unmask", "done"})


async def test_devices_that_vanish_or_answer_rubbish_are_dropped_and_the_round_goes_on(tmp_path):
    steps = ("lease", "keys", "shares", "masked", "unmask")
    async with inside(generous(tmp_path / "data")) as served:
        people = FleetPeople(served)
        devices = await people.join_many(34)
        vanishing = dict(zip(devices[:5], steps, strict=True))
        babbling = dict(zip(devices[5:10], steps, strict=True))
        for device, step in babbling.items():
            honest = people.participants[device].answer
            people.participants[device].answer = lambda at, message, step=step, honest=honest: (
                b"\xff" * 40 if at == step else honest(at, message)
            )
        gone = set()

        def before(at, device, message):
            if vanishing.get(device) == at:
                gone.add(device)
            return None if device in gone else message

        people.before = before
        outcome = await people.round(cohort=100, minimum=8, neighbours=None)  # of 34, one cohort
        assert outcome.verdict == "published"
        assert outcome.record.counts.cohorts == 1
        assert (outcome.record.counts.included, outcome.record.counts.dropped) == (34 - 8, 8)


async def test_a_device_may_refuse_at_the_start_and_at_the_last_moment_and_only_the_number_is_told(tmp_path):
    async with inside(generous(tmp_path / "data")) as served:
        people = FleetPeople(served)
        await people.join_many(12)
        people.unwilling.add("person-1")
        people.before = once("masked", lambda seen: people.unwilling.add("person-2"))
        outcome = await people.round(cohort=100)
        assert outcome.record.counts.included == 10
        assert outcome.record.counts.refused == 2


async def test_too_few_devices_open_nothing_and_cost_nothing(tmp_path):
    async with inside(generous(tmp_path / "data")) as served:
        people = FleetPeople(served)
        await people.join_many(6)
        outcome = await people.round(minimum=7)
        assert (outcome.verdict, outcome.record.opened) == ("too-few", False)
        assert served.services.fleet.rounds.spent_micro_rho == 0
        assert (await served.http.get("/v1/models/items")).status_code == 404
    settings = load_settings(tmp_path / "data")
    public = Signer(load_key_file(settings.keys_dir / "models.key")).public
    with view_fleet(settings, public) as past:
        assert verify_fleet(past).findings == []


async def test_too_few_uploads_to_open_any_cohort_cost_nothing(tmp_path):
    async with inside(generous(tmp_path / "data")) as served:
        people = FleetPeople(served)
        await people.join_many(12)
        seen: list[bytes] = []

        def but_four(step, device, message):
            if step == "masked":
                seen.append(device)
            return message if step != "masked" or len(seen) <= 4 else None

        people.before = but_four
        outcome = await people.round(minimum=5, cohort=100)
        assert len(seen) == 12
        assert (outcome.verdict, outcome.record.opened, outcome.record.rho) == ("too-few", False, "0")
        [kept] = served.services.fleet.rounds.all()
        assert (kept.state.value, kept.spent_micro_rho, kept.rechecked_index) == ("closed", 0, None)
    settings = load_settings(tmp_path / "data")
    public = Signer(load_key_file(settings.keys_dir / "models.key")).public
    with view_fleet(settings, public) as past:
        assert verify_fleet(past).findings == []


async def test_the_budget_is_the_end_of_it(tmp_path):
    async with inside(tmp_path / "data") as served:
        people = FleetPeople(served)
        await people.join_many(6)
        with pytest.raises(ControllerError) as refused:
            await people.round(scale=100)
        assert refused.value.reason == "budget"
        assert served.services.fleet.rounds.all() == []


async def test_rounds_versions_and_enrolments_survive_a_restart(tmp_path):
    async with inside(generous(tmp_path / "data")) as served:
        people = FleetPeople(served)
        await people.join_many(10)
        await people.round()
        before = (await served.http.get("/v1/models/items")).content
        told = await people.told("person-1")
    async with inside(tmp_path / "data") as served:
        assert (await served.http.get("/v1/models/items")).content == before
        people.served = served
        assert await people.told("person-1") == told
        answer = await served.http.get("/v1/federation/devices")
        assert len(answer.json()["devices"]) == 10


async def test_an_erasure_takes_devices_and_parts_along_and_retires_nothing_by_itself(tmp_path):
    async with inside(generous(tmp_path / "data")) as served:
        people = FleetPeople(served)
        await people.join_many(10)
        await people.round()
        assert (await served.erase("person-4")).status_code in {200, 202}
        assert await people.told("person-4") == {"devices": [], "rounds": [], "carried": []}
        outcome = await people.round()
        assert outcome.record.counts.enrolled == 9
        states = [each["state"] for each in (await served.http.get("/v1/models")).json()["models"]]
        assert states == ["current", "retired"]


async def test_whoever_consents_again_brings_new_keys(tmp_path):
    async with inside(generous(tmp_path / "data")) as served:
        people = FleetPeople(served)
        await people.join("ada", 0)
        await served.consent("ada", "withdrawn", "model-improvement")
        await served.consent("ada", "given", "model-improvement")
        assert (await served.http.get("/v1/federation/devices")).json()["devices"] == []
        again = await people.enrol("ada", 0)
        listed = (await served.http.get("/v1/federation/devices")).json()["devices"]
        assert [each["device"] for each in listed] == [again.hex()]


async def test_somebody_with_several_devices_weighs_no_more_than_with_one_and_may_let_one_leave(tmp_path):
    async with inside(generous(tmp_path / "data")) as served:
        people = FleetPeople(served)
        first = await people.join("ada", 0)
        second = await people.enrol("ada", 1)

        async def listed():
            answer = await served.http.get("/v1/federation/devices")
            return [each["device"] for each in answer.json()["devices"]]

        assert await listed() == [second.hex()]
        body = {"subject": {"id": "ada"}, "devices": [second.hex(), "0" * 64]}
        assert (await served.http.post("/v1/devices/leave", json=body)).json() == {"left": 1}
        assert await listed() == [first.hex()]
        assert (await served.http.post("/v1/devices/leave", json={"subject": {"id": "ada"}})).json() == {
            "left": 1
        }
        assert await listed() == []


async def test_the_portal_says_how_devices_take_part_and_lets_them_leave(tmp_path):
    from gateway.portal.own_devices import FleetDevices

    async with inside(generous(tmp_path / "data")) as served:
        people = FleetPeople(served)
        await people.join_many(10)
        await people.round()
        fleet, identities = served.services.fleet, served.services.identities
        told = FleetDevices(fleet)
        ada, nobody = (identities.ref_of(known=name, anonymous=None) for name in ("person-1", "nobody"))
        own = await told.devices_of(ada)
        assert (own.taking_part, own.rounds) == (1, 1)
        assert [(version, state) for version, _, state in own.carried] == [(1, "current")]
        await told.let_leave(ada)
        own = await told.devices_of(ada)
        assert (own.taking_part, own.rounds, len(own.carried)) == (0, 1, 1)
        assert (await served.consent("person-1", "given", "model-improvement")).status_code == 200
        assert (await told.devices_of(nobody)).rounds == 0
        assert (await FleetDevices(None).devices_of(ada)).taking_part == 0


async def test_the_model_is_about_the_categories_that_are_named_and_never_about_more_than_it_holds(tmp_path):
    settings = generous(tmp_path / "data") / "volens.toml"
    settings.write_text(settings.read_text() + 'categories = ["shelf-1", "shelf-3", "unknown"]\n')
    async with inside(tmp_path / "data") as served:
        await served.stock()
        listed = (await served.http.get("/v1/federation/items")).json()["items"]
        assert listed == [ITEMS[n] for n in range(len(ITEMS)) if n // PER_SHELF in {1, 3}]
        many = [{"id": f"more-{n}", "category": "shelf-3"} for n in range(2_048 - len(listed))]
        for first in range(0, len(many), 500):
            assert (await served.http.put("/v1/items", json={"items": many[first : first + 500]})).is_success
        assert len((await served.http.get("/v1/federation/items")).json()["items"]) == 2_048
        await served.http.put("/v1/items", json={"items": [{"id": "one-more", "category": "shelf-1"}]})
        refused = await served.http.get("/v1/federation/items")
        assert (refused.status_code, refused.json()["reason"]) == (409, "too_many_items")


async def test_a_model_that_does_not_stand_its_trial_is_not_served_and_the_next_round_goes_on(
    tmp_path, monkeypatch
):
    async with inside(generous(tmp_path / "data")) as served:
        people = FleetPeople(served)
        await people.join_many(10)
        await people.round()
        first = (await served.http.get("/v1/models/items")).content
        registry = served.services.fleet.registry
        with monkeypatch.context() as patch:
            patch.setattr(registry, "_try_out", lambda _fresh, _present: "degenerate")
            with pytest.raises(ControllerError) as refused:
                await people.round()
        assert refused.value.reason == "degenerate"
        assert (await served.http.get("/v1/models/items")).content == first
        log = served.services.sequencer
        entries = [entry for _, entry, _ in log.read(0, log.durable_size)]
        assert sum(b'"federated_refused"' in entry for entry in entries) == 1
        assert (await people.round()).version == 3
