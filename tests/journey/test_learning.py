"""A placement explores: every draw is in its evidence, outcomes are joined to it, and a person's part in it goes with their will."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from gateway.directory.init_directory import initialise
from gateway.rights.own_records import RecordOpener
from scoring import chances_of, draw_again
from tests.journey.in_process import inside
from tests.journey.shop import ITEMS, subject, view
from tests.journey.standing import copied

EXPLORING = """
[[learning.placements]]
id = "home"
places = 3
candidates = 8
floor = 0.2
context_key = "device"
context_values = ["phone", "desktop"]
"""

_numbers = itertools.count()


@pytest.fixture
def directory(tmp_path):
    initialise(tmp_path / "data")
    settings = tmp_path / "data" / "volens.toml"
    settings.write_text(settings.read_text() + EXPLORING)
    return tmp_path / "data"


async def open_shop(served, *, teach=("ada", "bea")):
    """Items, a model, and people with a history; those named let it be learnt from."""
    await served.stock()
    await served.adopt_a_model()
    for who in ("ada", "bea", "cleo"):
        await served.consent(who, "given")
        if who in teach:
            await served.consent(who, "given", "model-improvement")
        await served.batch([view(who, each) for each in ITEMS[:3]])


def click(who, product, decision, event="Product Clicked", **more):
    properties = {"product_id": product, "decision_id": decision}
    head = {"type": "track", "event": event, "messageId": f"click-{next(_numbers)}", "userId": who}
    return {**head, "properties": properties, **more}


def learner_of(served):
    return served.running.front._decisions.explorer._learner


def counts_of(served):
    return {joined.value: n for joined, n in learner_of(served).decisions.counts.items()}


async def own_decisions(served, who):
    services = served.services
    opener = RecordOpener(services.sequencer, services.people, services.enforcement)
    ref = services.identities.ref_of(known=subject(who)["id"], anonymous=None)
    return (await opener.open(ref)).decisions


def known_of(served):
    """Everything that was learnt, by value."""
    gram, answers = learner_of(served).posterior("home").sums
    return (
        gram.tolist(),
        answers.tolist(),
        sorted(each.index for each in learner_of(served).decisions.waiting()),
        sorted(
            (key, each.propensity, each.candidates, each.rank, each.promised_most)
            for _, key, each in learner_of(served).posterior("home").slates()
        ),
    )


async def test_every_explored_decision_says_how_it_was_drawn_and_can_be_drawn_again(directory):
    async with inside(directory) as served:
        await open_shop(served)
        answers = [await served.decide("ada", limit=6, context={"device": "phone"}) for _ in range(20)]
        decisions = await own_decisions(served, "ada")
        assert len(decisions) == 20
        for answer, decision in zip(answers, decisions, strict=True):
            said = decision.payload
            assert [ITEMS[each] for each in said.items] == [each["id"] for each in answer["items"]]
            assert said.items[:3] == [said.drawn.candidates[place] for place in said.drawn.chosen]
            again = draw_again(said.drawn)
            assert again.chosen[0].tolist() == said.drawn.chosen
            assert again.propensities[0] == pytest.approx(said.drawn.propensities, rel=1e-12)
            assert min(said.drawn.propensities) >= 0.2 / 8
            assert len(set(said.items)) == 6
        assert len({tuple(each.payload.drawn.chosen) for each in decisions}) > 3
        assert len({each.payload.drawn.seed for each in decisions}) == 20
        assert chances_of(decisions[0].payload.drawn.seed).shape == (3,)


async def test_a_person_can_see_what_was_drawn_by_chance_and_whether_it_is_learnt_from(directory):
    async with inside(directory) as served:
        await open_shop(served, teach=("ada",))
        for who, learnt in (("ada", True), ("cleo", False)):
            await served.decide(who)
            body = {"subject": subject(who), "type": "access"}
            asked = (await served.http.post("/v1/rights", json=body)).json()
            report = (await served.http.get(asked["report"], params={"format": "json"})).json()
            (decision,) = report["decisions"]
            assert (decision["chance"]["places"], decision["chance"]["drawn_from"]) == (3, 8)
            assert decision["chance"]["learnt_from"] is learnt


async def test_reasons_stay_with_their_items_when_the_order_is_drawn(directory):
    async with inside(directory) as served:
        await open_shop(served)
        ranked = {each["id"]: each for each in (await served.decide("ada", limit=20))["items"]}
        for _ in range(10):
            for each in (await served.decide("ada", limit=20))["items"]:
                assert each == ranked[each["id"]]


async def test_an_outcome_is_joined_to_its_decision_and_teaches(directory):
    async with inside(directory) as served:
        await open_shop(served)
        answer = await served.decide("ada")
        first = answer["items"][0]["id"]
        before = known_of(served)
        assert (await served.batch([click("ada", first, answer["decision_id"])])).json()["accepted"] == 1
        assert counts_of(served) == {"joined": 1}
        assert known_of(served)[0] == before[0]
        assert known_of(served)[1] != before[1]
        page = (await served.http.get("/metrics")).text
        assert "volens_outcomes_joined_total 1.0" in page
        assert "volens_outcome_join_rate 1.0" in page
        assert "volens_slates_drawn_total 1.0" in page


async def test_outcomes_that_are_late_repeated_foreign_or_made_up_are_refused_and_counted(directory):
    async with inside(directory) as served:
        await open_shop(served)
        answer = await served.decide("ada", limit=4)
        name, first = answer["decision_id"], answer["items"][0]["id"]
        hidden = next(each for each in ITEMS if each not in {item["id"] for item in answer["items"]})
        await served.batch([click("ada", first, name)])
        taught = known_of(served)
        at = {"timestamp": "2020-01-01T00:00:00Z"}
        await served.batch([
            click("ada", first, name),
            click("bea", first, name),
            click("ada", hidden, name),
            click("ada", first, "0" * 32),
            click("ada", first, "nonsense"),
            click("ada", answer["items"][1]["id"], name, **at),
        ])  # fmt: skip
        assert counts_of(served) == {
            "joined": 1, "duplicate": 1, "foreign": 1, "not_shown": 1, "unknown": 2, "late": 1,
        }  # fmt: skip
        assert known_of(served) == taught
        assert learner_of(served).decisions.join_rate == pytest.approx(1 / 7)
        await served.batch([click("ada", first, name, "Product Added")])
        assert counts_of(served)["joined"] == 2
        assert known_of(served) == taught


async def test_whoever_does_not_permit_it_is_not_learnt_from(directory):
    async with inside(directory) as served:
        await open_shop(served, teach=("ada",))
        before = known_of(served)
        answer = await served.decide("cleo")
        narrowed = await served.decide("ada", signals={"gpp": "DBAA"})
        await served.batch([click("cleo", answer["items"][0]["id"], answer["decision_id"])])
        (decision,) = await own_decisions(served, "cleo")
        assert decision.payload.drawn is not None
        assert not decision.payload.drawn.teaches
        assert not narrowed["personalised"]
        assert known_of(served) == before


@pytest.mark.parametrize("purpose", ["model-improvement", "recommendations"])
async def test_a_withdrawal_takes_a_person_out_exactly(directory, purpose):
    async with inside(directory) as served:
        await open_shop(served)
        kept = await served.decide("bea")
        await served.batch([click("bea", kept["items"][0]["id"], kept["decision_id"])])
        never = known_of(served)
        answer = await served.decide("ada")
        await served.batch([click("ada", answer["items"][0]["id"], answer["decision_id"])])
        assert known_of(served) != never
        await served.consent("ada", "withdrawn", purpose)
        assert known_of(served) == never
        mean = learner_of(served).posterior("home").mean()
        await served.erase("bea")
        assert not np.any(learner_of(served).posterior("home").sums[0])
        assert not np.array_equal(mean, learner_of(served).posterior("home").mean())


async def test_an_item_that_a_person_disputes_teaches_nothing(directory):
    async with inside(directory) as served:
        await open_shop(served)
        answer = await served.decide("ada")
        first = answer["items"][0]["id"]
        before = known_of(served)
        await served.batch([click("ada", first, answer["decision_id"])])
        body = {"subject": subject("ada"), "type": "rectification", "item": first}
        assert (await served.http.post("/v1/rights", json=body)).status_code == 200
        assert known_of(served) == before
        await served.batch([click("ada", first, answer["decision_id"], "Product Added")])
        assert known_of(served) == before
        assert counts_of(served) == {"joined": 1}


@pytest.mark.parametrize("snapshot", [True, False])
async def test_what_was_learnt_follows_from_the_log(directory, tmp_path, snapshot):
    async with inside(directory) as served:
        await open_shop(served)
        for n, who in enumerate(["ada", "bea", "ada", "cleo", "bea", "ada"]):
            answer = await served.decide(who)
            await served.batch([click(who, answer["items"][n % 4]["id"], answer["decision_id"])])
            if n == 2:
                await served.services.keeper.write()
        await served.consent("cleo", "given", "model-improvement")
        await served.consent("bea", "withdrawn", "model-improvement")
        await served.consent("bea", "given", "model-improvement")
        last = await served.decide("bea")
        lived = known_of(served)
        assert any(map(any, lived[0]))
        async with copied(directory, tmp_path / "copy", snapshot=snapshot) as again:
            assert known_of(again) == lived
            await again.sign_in()
            await again.batch([click("bea", last["items"][0]["id"], last["decision_id"])])
            assert counts_of(again)["joined"] >= 1


async def test_a_placement_that_only_counts_draws_nothing(tmp_path):
    initialise(tmp_path / "data")
    settings = tmp_path / "data" / "volens.toml"
    settings.write_text(settings.read_text() + '\n[[learning.placements]]\nid = "home"\nexplore = false\n')
    async with inside(tmp_path / "data") as served:
        await open_shop(served)
        answers = [await served.decide("ada") for _ in range(5)]
        assert len({str(each["items"]) for each in answers}) == 1
        await served.batch([click("ada", answers[0]["items"][0]["id"], answers[0]["decision_id"])])
        assert counts_of(served) == {"joined": 1}
        assert not np.any(learner_of(served).posterior("home").sums[0])


async def test_where_nothing_learns_nothing_is_drawn_and_no_evidence_of_it_is_kept(tmp_path):
    async with inside(tmp_path / "data") as served:
        await open_shop(served)
        answer = await served.decide("ada")
        await served.batch([click("ada", answer["items"][0]["id"], answer["decision_id"])])
        assert served.running.front._decisions.explorer is None
        (decision,) = await own_decisions(served, "ada")
        assert decision.payload.drawn is None
        assert "volens_outcomes_joined_total 0.0" in (await served.http.get("/metrics")).text
