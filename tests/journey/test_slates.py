"""What slates are made of, asked over HTTP: reasons that add up, controls that hold at once, editors who need one another."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.directory.init_directory import initialise
from gateway.errors import SettingsError
from scoring import Model, TrainingRecipe
from tests.house.source import ROOT
from tests.journey.in_process import Inside, inside, model_of_the_shelves
from tests.journey.own_issuer import OwnIssuer
from tests.journey.shop import view

PLACEMENTS = """
[[placements]]
id = "search"
query_share = 1.0
content_share = 0.1

[[placements]]
id = "basket"
kind = "basket"

[[placements]]
id = "hall"
limit = 3

[[placements.surroundings]]
zone = "north"
category = "shelf-4"

[[placements.surroundings]]
from_hour = 22
to_hour = 6
limit = 1

[[placements.surroundings]]
when = "context.weather == 'rain' && context.device != 'tv'"
category = "shelf-2"

[[placements]]
id = "again"
repeat_consumption = true

[[placements]]
id = "advertisement"
purpose = "advertising"
repeat_consumption = true

[[placements]]
id = "trend"
trending_share = 1.0

[[editors]]
id = "anna"
key_file = "anna.key"

[[editors]]
id = "bert"
key_file = "bert.key"
"""


@asynccontextmanager
async def shop(directory: Path) -> AsyncIterator[Inside]:
    if not await asyncio.to_thread(directory.exists):
        initialise(directory)
        settings = directory / "volens.toml"
        settings.write_text(settings.read_text() + PLACEMENTS)
        for name in ("anna", "bert"):
            (directory / f"{name}.key").touch(mode=0o600)
            (directory / f"{name}.key").write_text(f"the-key-of-{name}-is-this\n")
    async with inside(directory) as served:
        await served.stock()
        titles = [{"id": "item-33", "title": "blue wool hat", "category": "shelf-2"}]
        assert (await served.http.put("/v1/items", json={"items": titles})).status_code == 200
        await served.adopt_a_model()
        for who in ("ada", "bea"):
            await served.consent(who, "given")
        await served.batch([view("ada", f"item-{n}") for n in (0, 1, 2)])
        yield served


async def token_of(served: Inside, subject: dict[str, str]) -> dict[str, str]:
    answer = await served.http.post("/v1/device-tokens", json={"subject": subject})
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


def sums(answer: dict[str, Any]) -> list[int]:
    return [sum(reason.get("addend", 0) for reason in item["reasons"]) for item in answer["items"]]


def scores(answer: dict[str, Any]) -> dict[str, int]:
    return {item["id"]: item["score"] for item in answer["items"]}


async def test_reasons_add_up_and_a_signal_taken_out_takes_its_addend_along(tmp_path: Path) -> None:
    async with shop(tmp_path / "data") as served:
        ordinary = await served.decide("ada")
        explained = await served.decide("ada", explain=True)
        assert scores(ordinary) == scores(explained)
        assert sums(ordinary) == sums(explained) == [item["score"] for item in ordinary["items"]]
        top = explained["items"][0]
        reason = top["reasons"][0]
        less = await served.decide("ada", without=[reason["because"]], limit=60)
        assert scores(less)[top["id"]] == top["score"] - reason["addend"]
        wish = {"subject": {"id": "ada"}, "wish": "do_not_use", "item": reason["because"]}
        assert (await served.http.post("/v1/controls", json=wish)).json() == {"done": True}
        later = await served.decide("ada", limit=60)
        assert scores(later)[top["id"]] == top["score"] - reason["addend"], "for good, and as exactly"


def ago(seconds: int) -> str:
    """A moment before now, as clients write it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - seconds))


def knowing_repeats() -> Model:
    """The model of the shelves, had it been learnt where people come back to things."""
    recipe = TrainingRecipe(100.0, 5, repeat=0.02, repeat_half_life=4.0)
    return replace(model_of_the_shelves(), recipe=recipe)


async def test_an_ordinary_placement_and_a_model_without_returns_show_nothing_again(tmp_path: Path) -> None:
    seen = {"item-0", "item-1", "item-2"}
    async with shop(tmp_path / "data") as served:
        assert not seen & scores(await served.decide("ada", placement="again", limit=60)).keys()
        served.services.training._adopt(knowing_repeats())
        assert seen <= scores(await served.decide("ada", placement="again", limit=60)).keys()
        assert not seen & scores(await served.decide("ada", limit=60)).keys()


async def test_where_a_placement_shows_things_again_coming_back_is_an_addend_like_any_other(
    tmp_path: Path,
) -> None:
    async with shop(tmp_path / "data") as served:
        served.services.training._adopt(knowing_repeats())
        await served.batch([view("ada", "item-1", timestamp=ago(60))])
        again = await served.decide("ada", placement="again", limit=60)
        assert sums(again) == [item["score"] for item in again["items"]]
        named = {
            item["id"]: reason["addend"]
            for item in again["items"]
            for reason in item["reasons"]
            if reason["kind"] == "repeat" and reason["because"] == item["id"]
        }
        assert named.keys() == {"item-0", "item-1", "item-2"}
        assert max(named, key=lambda each: named[each]) == "item-1", "whom ada came back to"
        theirs = await token_of(served, {"id": "ada"})
        why = await served.http.get(f"/v1/decisions/{again['decision_id']}", headers=theirs)
        assert why.json()["items"] == again["items"]
        less = await served.decide("ada", placement="again", without=["item-1"], limit=60)
        assert scores(less)["item-1"] == scores(again)["item-1"] - named["item-1"]
        await served.batch([view("ada", "item-0", timestamp=ago(30))])
        moved = await served.decide("ada", placement="again", limit=60)
        assert scores(moved)["item-0"] > scores(again)["item-0"], "one event moves the next slate"
        excluded = await served.decide("ada", placement="again", exclude=["item-1"], limit=60)
        assert "item-1" not in scores(excluded)


async def test_a_withdrawal_takes_what_was_seen_earlier_along(tmp_path: Path) -> None:
    async with shop(tmp_path / "data") as served:
        served.services.training._adopt(knowing_repeats())
        await served.batch([view("ada", "item-1", timestamp=ago(60))])
        earlier = served.running.front._decisions._history.earlier
        assert len(earlier) == 1
        await served.consent("ada", "withdrawn")
        assert len(earlier) == 0
        refused = await served.decide("ada", placement="again", limit=60)
        assert not refused["personalised"]
        assert all(item["reasons"] == [{"kind": "popular"}] for item in refused["items"])


async def test_each_wish_holds_for_the_next_question_and_after_a_restart(tmp_path: Path) -> None:
    async with shop(tmp_path / "data") as served:

        async def wish(what: str, **more: str) -> None:
            body = {"subject": {"id": "ada"}, "wish": what, **more}
            assert (await served.http.post("/v1/controls", json=body)).json() == {"done": True}

        first = (await served.decide("ada"))["items"][0]["id"]
        await wish("less_like_this", item=first)
        assert first not in scores(await served.decide("ada", limit=60))
        await wish("pause")
        assert (await served.decide("ada"))["reason"] == "restricted"
        await wish("resume")
        assert (await served.decide("ada"))["reason"] != "restricted"
        await served.batch([view("bea", "item-13")])
        await wish("reset")
        assert (await served.decide("ada"))["reason"] == "no_history"
        related = (await served.decide("bea"))["items"][0]["id"]
        dislike = {"subject": {"id": "bea"}, "wish": "less_like_this", "item": related}
        assert (await served.http.post("/v1/controls", json=dislike)).json() == {"done": True}
    async with inside(tmp_path / "data") as served:
        await served.adopt_a_model()
        assert (await served.decide("ada"))["reason"] == "no_history"
        later = await served.decide("bea", limit=59)
        assert later["personalised"]
        assert related not in scores(later)


async def test_only_the_person_ends_a_wish_and_then_everything_is_as_it_was(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    initialise(directory)
    issuer = OwnIssuer(directory, "decide")
    who = {"subject": {"id": "cleo"}}

    async def wish(served: Inside, headers: dict[str, str], what: str, item: str) -> dict[str, Any]:
        body = {**who, "wish": what, "item": item}
        return (await served.http.post("/v1/controls", json=body, headers=headers)).json()

    async def slate(served: Inside) -> dict[str, int]:
        return scores((await served.http.post("/v1/decide", json={**who, "limit": 60})).json())

    async with shop(directory) as served:
        person, made_by_the_app = issuer.token_of("cleo"), await token_of(served, {"id": "cleo"})
        granted = {**who, "purpose": "recommendations", "status": "given", "method": "form", "locale": "en"}
        assert (await served.http.put("/v1/consents", json=granted)).status_code == 200
        for name in ("item-0", "item-1"):
            await served.batch([view("cleo", name)])
        before = await slate(served)
        top = next(iter(before))
        assert (await wish(served, person, "use_again", "item-1")) == {"done": False}, "nothing was wished"
        for what, item in (("do_not_use", "item-1"), ("less_like_this", top)):
            assert (await wish(served, person, what, item)) == {"done": True}
        less = await slate(served)
        assert top not in less
        for item in ("item-1", top):
            for app in ({}, made_by_the_app):
                assert (await wish(served, app, "use_again", item))["status"] == 403
        assert await slate(served) == less
        assert (await wish(served, person, "use_again", "item-1")) == {"done": True}
        assert (await wish(served, person, "use_again", top)) == {"done": True}
        assert await slate(served) == before
    async with inside(directory) as served:
        await served.adopt_a_model()
        assert await slate(served) == before


@pytest.mark.parametrize("subject", [{"id": "ada"}, {"anonymous_id": "browser"}], ids=["known", "anonymous"])
async def test_a_token_that_the_app_made_ends_no_pause_of_the_person(
    tmp_path: Path, subject: dict[str, str]
) -> None:
    async with inside(tmp_path / "data") as served:
        await served.consent(subject, "given")

        async def wish(what: str, headers: dict[str, str]) -> bool:
            body = {"subject": subject, "wish": what}
            answer = await served.http.post("/v1/controls", json=body, headers=headers)
            assert answer.status_code == 200, answer.text
            return bool(answer.json()["done"])

        assert await wish("pause", {})
        assert await wish("resume", await token_of(served, subject)), "an app ends what an app began"
        assert await wish("pause", await token_of(served, subject))
        for app in ({}, await token_of(served, subject)):
            assert not await wish("resume", app)
            assert (await served.decide(subject))["reason"] == "restricted"


async def test_a_person_ends_their_own_pause(tmp_path: Path) -> None:
    initialise(tmp_path / "data")
    person = OwnIssuer(tmp_path / "data", "decide").token_of("ada")
    async with inside(tmp_path / "data") as served:
        await served.consent("ada", "given")
        for what, restricted in (("pause", True), ("resume", False)):
            body = {"subject": {"id": "ada"}, "wish": what}
            answer = await served.http.post("/v1/controls", json=body, headers=person)
            assert answer.json() == {"done": True}
            assert ((await served.decide("ada"))["reason"] == "restricted") is restricted


async def test_an_erasure_takes_every_wish_along(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    async with shop(directory) as served:
        for wish in ({"wish": "less_like_this", "item": "item-9"}, {"wish": "reset"}):
            done = await served.http.post("/v1/controls", json={"subject": {"id": "ada"}, **wish})
            assert done.json() == {"done": True}
        composing = served.running.front._decisions._composing
        assert composing._disliked
        await served.erase("ada")
        assert not composing._disliked
    async with inside(directory) as served:
        assert not served.running.front._decisions._composing._disliked


async def test_a_wish_needs_its_item_and_somebody_to_be_about(tmp_path: Path) -> None:
    async with shop(tmp_path / "data") as served:
        body = {"subject": {"id": "ada"}, "wish": "less_like_this"}
        assert (await served.http.post("/v1/controls", json=body)).status_code == 422
        body = {"subject": {"id": "nobody"}, "wish": "reset"}
        assert (await served.http.post("/v1/controls", json=body)).json() == {"done": False}
        mine = await token_of(served, {"anonymous_id": "phone"})
        answer = await served.http.post("/v1/controls", json=body, headers=mine)
        assert answer.status_code == 403, "a person speaks for themselves only"


async def test_a_decision_is_explained_to_the_person_and_to_nobody_else(tmp_path: Path) -> None:
    async with shop(tmp_path / "data") as served:
        phone = {"anonymous_id": "phone"}
        await served.consent(phone, "given")
        seen = view(None, "item-5", anonymousId="phone")
        await served.batch([seen])
        decided = await served.decide(phone, explain=True)
        mine, other = (
            await token_of(served, {"anonymous_id": "phone"}),
            await token_of(served, {"anonymous_id": "tablet"}),
        )
        wish = {"subject": phone, "wish": "less_like_this", "item": decided["items"][0]["id"]}
        answer = await served.http.post("/v1/controls", json=wish, headers=mine)
        assert answer.json() == {"done": True}
        assert decided["items"][0]["id"] not in scores(await served.decide(phone))
        path = f"/v1/decisions/{decided['decision_id']}"
        why = (await served.http.get(path, headers=mine)).json()
        assert why["items"] == decided["items"]
        assert (why["personalised"], why["placement"]) == (True, "home")
        assert any("product_id" in field for field in why["fields"]["used"])
        refused = [
            await served.http.get(path, headers=other),
            await served.http.get(path),
            await served.http.get("/v1/decisions/" + "0" * 32, headers=mine),
            await served.http.get("/v1/decisions/nonsense", headers=mine),
        ]
        alike = [{k: v for k, v in each.json().items() if k != "instance"} for each in refused]
        assert {each.status_code for each in refused} == {404}
        assert alike == [alike[0]] * 4


async def test_a_query_counts_where_it_may_and_is_found_nowhere_afterwards(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    async with shop(directory) as served:
        assert "item-33" not in scores(await served.decide("ada", placement="search"))
        assert "item-33" in scores(await served.decide("ada", placement="search", query="Wool hatstand"))
        answer = await served.decide("bea", placement="search", query="Wool hatstand")
        assert answer["personalised"], "a query is something to go by, without a history"
        assert answer["items"][0]["id"] == "item-33"
        assert answer["items"][0]["reasons"][0]["kind"] == "query"
        assert sums(answer) == [item["score"] for item in answer["items"]]
        assert (await served.decide("ada", query="wool"))["withheld"] == ["query"], "no query counts at home"
        refused = await served.decide("cleo", placement="search", query="wool", basket=["item-1"])
        assert refused["withheld"] == ["basket", "query"]
        assert refused["items"][0]["reasons"] == [{"kind": "popular"}]
    for file in [path for path in directory.rglob("*") if path.is_file()]:
        assert b"hatstand" not in file.read_bytes().lower()


async def test_a_basket_is_complemented_without_a_history(tmp_path: Path) -> None:
    async with shop(tmp_path / "data") as served:
        gadgets = [
            {"id": f"item-{n}", "title": f"gadget{n} part{n}", "category": "shelf-1"} for n in range(12, 24)
        ]
        assert (await served.http.put("/v1/items", json={"items": gadgets})).status_code == 200
        answer = await served.decide("bea", placement="basket", basket=["item-12", "item-13"])
        assert answer["personalised"]
        assert not {"item-12", "item-13"} & set(scores(answer))
        assert {reason["kind"] for reason in answer["items"][0]["reasons"]} == {"basket"}


async def test_what_was_done_under_one_purpose_ranks_nothing_for_another(tmp_path: Path) -> None:
    async with shop(tmp_path / "data") as served:
        served.services.training._adopt(knowing_repeats())
        for who in ("ada", "bea"):
            await served.consent(who, "given", "advertising")
        await served.batch([view("ada", "item-0")])
        assert (await served.decide("ada"))["reason"] == "personalised", (
            "recommendations has a history of Ada"
        )
        answer = await served.decide("ada", placement="advertisement", limit=60)
        assert (answer["personalised"], answer["reason"]) == (False, "no_history"), "advertising has none"
        assert answer["items"] == (await served.decide("cleo", placement="advertisement", limit=60))["items"]
        brought = {"placement": "advertisement", "limit": 60, "basket": ["item-1", "item-13"]}
        ada, bea = await served.decide("ada", **brought), await served.decide("bea", **brought)
        assert ada["personalised"], "what the question itself brings is for the placement's purpose"
        assert ada["items"] == bea["items"], "and of her history nothing is beside it"


async def test_a_placement_is_another_amid_other_surroundings(tmp_path: Path) -> None:
    async with shop(tmp_path / "data") as served:
        north = await served.decide("nobody", placement="hall", context={"zone": "north"})
        assert {int(id_.split("-")[1]) // 12 for id_ in scores(north)} == {4}
        night = await served.decide("nobody", placement="hall", context={"local_hour": 23})
        assert (len(night["items"]), len(north["items"])) == (1, 3)
        rain = await served.decide("nobody", placement="hall", context={"weather": "rain", "device": "phone"})
        assert {int(id_.split("-")[1]) // 12 for id_ in scores(rain)} == {2}
        assert await shown(served, {"weather": "rain", "device": "tv"}) == await shown(
            served, {"weather": "sun"}
        )


async def shown(served: Inside, context: dict[str, str]) -> dict[str, int]:
    return scores(await served.decide("nobody", placement="hall", context=context))


async def test_what_fifty_people_look_at_leads_until_they_withdraw(tmp_path: Path) -> None:
    async with shop(tmp_path / "data") as served:
        people = [f"p{n}" for n in range(50)]
        for who in people:
            await served.consent(who, "given", "model-improvement")
        await served.batch([view(who, "item-40") for who in people])
        answer = await served.decide("nobody", placement="trend")
        assert answer["items"][0]["id"] == "item-40"
        assert answer["items"][0]["reasons"][0]["kind"] == "trending"
        for who in people[:46]:
            await served.consent(who, "withdrawn", "model-improvement")
        answer = await served.decide("nobody", placement="trend")
        assert all(item["score"] == 0 for item in answer["items"]), "four people make no trend"


async def test_personal_slates_are_never_cached(tmp_path: Path) -> None:
    async with shop(tmp_path / "data") as served:
        answer = await served.http.post("/v1/decide", json={"subject": {"id": "ada"}})
        assert answer.headers["cache-control"] == "private, no-store"


class Editors:
    """Two of them, each with a key of their own."""

    def __init__(self, served: Inside) -> None:
        self.http = served.http

    async def propose(self, **body: Any) -> str:
        answer = await self.http.post(
            "/v1/editorial", json={"expires_in_seconds": 3600, **body}, auth=key("anna")
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    async def approve(self, decision: str, who: str = "bert") -> httpx.Response:
        return await self.http.post(f"/v1/editorial/{decision}/approval", auth=key(who))

    async def end(self, decision: str, who: str) -> httpx.Response:
        return await self.http.delete(f"/v1/editorial/{decision}", auth=key(who))

    async def put_in_force(self, **body: Any) -> str:
        decision = await self.propose(**body)
        assert (await self.approve(decision)).json()["status"] == "in_force"
        return decision


def key(who: str) -> tuple[str, str]:
    return (f"the-key-of-{who}-is-this", "")


async def test_a_block_needs_two_and_then_holds_everywhere_at_once(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    async with shop(directory) as served:
        editors = Editors(served)
        first = (await served.decide("ada"))["items"][0]["id"]
        block = await editors.propose(act="block", items=[first])
        assert (await editors.approve(block, "anna")).status_code == 409, "nobody approves their own"
        assert first in scores(await served.decide("ada"))
        assert (await editors.approve(block)).json()["status"] == "in_force"
        everywhere = [
            await served.decide(who, placement=where, limit=60, candidates=None)
            for who in ("ada", "nobody")
            for where in ("home", "search", "basket", "trend")
        ]
        assert not any(first in scores(answer) for answer in everywhere)
        log = served.services.sequencer
        log_entries = [json.loads(entry) for _, entry, _ in log.read(0, log.durable_size)]
        acts = [entry["d"]["act"] for entry in log_entries if "decision" in entry.get("d", {})]
        assert acts == ["editorial_proposed", "editorial_approved"]
    async with shop(directory) as served:
        editors = Editors(served)
        assert first not in scores(await served.decide("ada", limit=60)), "after a restart, too"
        assert (await editors.end(block, "anna")).json()["status"] == "end_proposed"
        assert (await editors.end(block, "anna")).status_code == 409
        assert first not in scores(await served.decide("ada", limit=60))
        assert (await editors.end(block, "bert")).json()["status"] == "ended"
        assert first in scores(await served.decide("ada", limit=60))


async def test_pins_boosts_and_a_frozen_placement_hold_until_they_expire(tmp_path: Path) -> None:
    async with shop(tmp_path / "data") as served:
        editors, clock = Editors(served), served.services.clock
        pin = await editors.put_in_force(act="pin", items=["item-50"], placement="home", place=2)
        await editors.put_in_force(act="boost", items=["item-44"], placement="home", strength=1.0)
        answer = await served.decide("ada")
        assert [item["id"] for item in answer["items"][:2]] == ["item-44", "item-50"]
        assert answer["items"][1]["reasons"][-1] == {"kind": "pinned", "rule": pin}
        assert sums(answer) == [item["score"] for item in answer["items"]]
        await editors.put_in_force(
            act="freeze", items=["item-7", "item-8"], placement="home", expires_in_seconds=60
        )
        for who in ("ada", "nobody"):
            answer = await served.decide(who)
            assert list(scores(answer)) == ["item-7", "item-8"]
            assert not answer["personalised"]
        assert (await served.decide("ada"))["reason"] == "frozen"
        later = clock.now() + 61
        served.running.front._decisions._composing.turn(later)
        assert (await served.decide("ada"))["personalised"]


SENSELESS: list[dict[str, Any]] = [
    {"act": "pin", "items": ["item-1"]},
    {"act": "pin", "items": ["item-1", "item-2"], "placement": "home"},
    {"act": "pin", "items": ["no such item"], "placement": "home"},
    {"act": "block", "items": ["item-1"], "placement": "home"},
    {"act": "freeze", "items": ["item-1"], "placement": "nowhere"},
    {"act": "boost", "items": ["item-1"], "placement": "home", "strength": 2.0},
    {"act": "shout", "items": ["item-1"], "placement": "home"},
]


async def test_what_makes_no_sense_is_not_filed(tmp_path: Path) -> None:
    async with shop(tmp_path / "data") as served:
        for body in SENSELESS:
            filed = {"expires_in_seconds": 60, **body}
            answer = await served.http.post("/v1/editorial", json=filed, auth=key("anna"))
            assert answer.status_code == 422, body
        assert (await served.http.get("/v1/editorial", auth=key("bert"))).json() == {"decisions": []}


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"act": "pin", "items": ["no such item"], "placement": "home"}, "#/items", "unknown"),
        ({"act": "pin", "items": ["item-1", "item-2"], "placement": "home"}, "#/items", "only_one"),
        ({"act": "pin", "items": ["item-1"], "placement": "nowhere"}, "#/placement", "unknown"),
        ({"act": "pin", "items": ["item-1"]}, "#/placement", "missing"),
        ({"act": "block", "items": ["item-1"], "placement": "home"}, "#/placement", "holds_everywhere"),
    ],
)
async def test_an_editor_is_told_what_makes_no_sense(
    tmp_path: Path, body: dict[str, Any], pointer: str, code: str
) -> None:
    async with shop(tmp_path / "data") as served:
        filed = {"expires_in_seconds": 60, **body}
        answer = await served.http.post("/v1/editorial", json=filed, auth=key("anna"))
        assert (answer.status_code, answer.json()["errors"]) == (422, [{"pointer": pointer, "code": code}])


async def test_an_editors_key_opens_nothing_else(tmp_path: Path) -> None:
    async with shop(tmp_path / "data") as served:
        for method, path in [("POST", "/v1/decide"), ("PUT", "/v1/items"), ("POST", "/v1/controls")]:
            answer = await served.http.request(method, path, json={}, auth=key("anna"))
            assert answer.status_code == 403
        unknown = await served.http.get("/v1/editorial", auth=("another-key-altogether", ""))
        assert unknown.status_code == 401


GATE = """
[composition.sensitive]
categories = ["shelf-1"]
"""


async def test_sensitive_items_stand_only_where_age_and_self_exclusion_are_settled(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    initialise(directory)
    pack = (ROOT / "docs/examples/policies/sensitive-verticals.toml").read_text()
    for name, more in (("policy.toml", pack), ("volens.toml", GATE)):
        (directory / name).write_text((directory / name).read_text() + more)
    async with inside(directory) as served:
        await served.stock()
        await served.adopt_a_model()

        async def sees(who: str, **more: Any) -> bool:
            shown = scores(await served.decide(who, limit=60, **more))
            return any(int(id_.split("-")[1]) // 12 == 1 for id_ in shown)

        await served.consent("ada", "given")
        await served.batch([view("ada", "item-12")])
        assert not await sees("nobody")
        assert not await sees("nobody", candidates=["item-13"], explain=True)
        assert not await sees("ada"), "a history of it is not enough"
        await served.consent("ada", "given", "age-verified")
        assert not await sees("ada")
        await served.consent("ada", "given", "not-self-excluded")
        assert await sees("ada")
        assert await sees("ada", explain=True)
        await served.consent("ada", "withdrawn", "not-self-excluded")
        assert not await sees("ada")


async def test_a_gate_that_asks_for_what_the_policy_does_not_have_stops_the_start(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    initialise(directory)
    settings = directory / "volens.toml"
    settings.write_text(settings.read_text() + GATE)
    with pytest.raises(SettingsError):
        async with inside(directory):
            pass
