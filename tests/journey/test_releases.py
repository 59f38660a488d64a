"""Over real HTTP: what people allow to be measured becomes published numbers, and the budget and the log say so."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import httpx
import polars as pl
import pytest

from tests.calm_day import no_midnight_for
from tests.gateway_process import Gateway, Gateways, volens
from tests.house.source import ROOT
from tests.journey.portal_visitor import Visitor
from tests.journey.shop import Shop, item, read_if_there, view, wait_until

PEOPLE = 40
EDITOR_KEY = "editor-key-0123456789abcdef0123456789"
RUN = "/v1/releases/people_by_day/runs"


def rows(gateway: Gateway) -> pl.DataFrame:
    """What the cube holds."""
    parts = sorted((gateway.directory / "aggregates").rglob("part-*.parquet"))
    held = [
        BytesIO(found) for part in parts if (found := read_if_there(part))
    ]  # whole: parts are replaced meanwhile
    return pl.concat([pl.read_parquet(each) for each in held]) if held else pl.DataFrame()


def people_of(gateway: Gateway) -> set[int]:
    return set(rows(gateway)["person"])


def run(shop: Shop, **body: object) -> dict:
    answer = shop.server.post(RUN, json={"close_now": True, **body}, timeout=300)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.slow
def test_a_day_is_published_once_and_people_can_leave(gateways: Gateways) -> None:
    no_midnight_for()
    shop = Shop(gateways.start())
    gateway, books = shop.gateway, shop.gateway.directory / "budget.db"
    shop.stock()
    for n in range(PEOPLE):
        shop.consent(f"person-{n}", "given", "analytics")
    shop.consent("silent", "given", "recommendations")
    events = [view(f"person-{n}", item(n % 5, k)) for n in range(PEOPLE) for k in range(3)]
    assert shop.batch([*events, view("silent", item(0, 0))])["accepted"] == len(events) + 1
    assert shop.server.get("/v1/budget").json()["scopes"] == []
    assert list((gateway.directory / "aggregates").rglob("*")) == [], (
        "nothing is built before a window closes"
    )
    unspent = books.read_bytes()

    done = run(shop)
    assert done["status"] == "published"
    [figure] = done["publication"]["figures"]
    assert figure["value"] is None or abs(figure["value"] - PEOPLE) < 12 * 8, (
        "within eight standard deviations"
    )
    assert run(shop) == {"status": "already_published", "publication": done["publication"]}
    before = people_of(gateway)
    assert len(before) == PEOPLE, "who did not allow it is not there"
    budget = shop.server.get("/v1/budget").json()
    assert {each["spent"] for each in budget["scopes"]} == {0.003473}
    assert all(each["index"] is not None for each in budget["spends"])
    page = shop.server.get("/v1/budget?limit=1&days=1").json()
    assert page["spends"] == budget["spends"]
    earlier = shop.server.get("/v1/budget", params={"before": page["before"]}).json()
    assert (earlier["spends"], earlier["before"], budget["before"]) == ([], None, None)
    for wrong in (
        "limit=0",
        "limit=1001",
        "before=-1",
        "before=1",
        "before=1:",
        "before=x:y",
        "days=0",
        "days=401",
        "days=x",
    ):
        assert shop.server.get(f"/v1/budget?{wrong}").status_code == 422
    latest = {each["id"]: each for each in shop.server.get("/v1/releases").json()["releases"]}
    assert latest["people_by_day"]["latest"] == done["publication"]
    assert latest["people_by_day"]["status"] == "in_force"
    assert len(shop.server.get("/v1/releases/people_by_day?format=csv").text.splitlines()) == 2
    assert shop.server.get("/v1/releases/people_by_day?format=xml").status_code == 422
    page = shop.server.get("/v1/releases/people_by_day?limit=1").json()
    assert page["publications"] == [done["publication"]]
    earlier = {"limit": 1, "before": page["before"]}
    assert shop.server.get("/v1/releases/people_by_day", params=earlier).json()["publications"] == []
    assert shop.server.get("/v1/releases/people_by_day").json()["before"] is None
    for wrong in ("limit=0", "limit=1001", "before=-1", "before=x"):
        assert shop.server.get(f"/v1/releases/people_by_day?{wrong}").status_code == 422

    standing = shop.server.post(
        "/v1/releases/who_allows_what/runs", json={"close_now": True}, timeout=300
    ).json()
    stood = {each["key"]: each for each in standing["publication"]["figures"]}
    for key, people in (
        ("everybody", PEOPLE + 1),
        ("analytics: allowed", PEOPLE),
        ("recommendations: refused", 0),
    ):
        assert stood[key]["value"] is None or abs(stood[key]["value"] - people) < 25 * 8, key
    assert not list((gateway.directory / "aggregates").glob("table-*")), "who stood how is not kept"
    budget = shop.server.get("/v1/budget").json()

    shop.consent("person-3", "withdrawn", "analytics")
    wait_until(lambda: len(people_of(gateway)) == PEOPLE - 1, "the rows of the one who withdrew go")
    assert shop.erase("person-4")["status"] == "completed"
    wait_until(lambda: len(people_of(gateway)) == PEOPLE - 2, "the rows of the erased one go")
    assert people_of(gateway) < before

    gateway.kill()
    gateway.serve()
    shop = Shop(gateway)
    assert run(shop)["publication"] == done["publication"]
    assert shop.server.get("/v1/budget").json() == budget

    assert gateway.stop() == 0
    books.write_bytes(unspent)
    gateway.serve()
    shop = Shop(gateway)
    assert run(shop)["status"] == "lost", "spent and forgotten is spent"
    assert all(each["burnt"] for each in shop.server.get("/v1/budget").json()["scopes"])


@pytest.mark.slow
def test_whoever_counted_as_often_as_they_may_counts_no_more_and_sees_it(gateways: Gateways) -> None:
    no_midnight_for()

    def configure(directory: Path) -> None:
        add_editor(directory)
        releases = directory / "releases.toml"
        releases.write_text(releases.read_text().replace("counted_per_day = 8", "counted_per_day = 1"))
        settings = directory / "volens.toml"
        settings.write_text(settings.read_text() + "\n[portal]\nsign_ins_per_minute = 10000\n")

    shop = Shop(gateways.start(configure))
    shop.stock()
    for who in ("ada", "bea"):
        shop.consent(who, "given", "analytics")
    shop.batch([view("ada", item(0, 0))])
    assert run(shop)["status"] == "not_in_force", "nobody changes the budget's terms alone"
    assert shop.server.get("/v1/releases").json()["terms"]["status"] == "new"
    assert shop.server.get("/v1/budget").json()["scopes"] == []
    [proposed] = shop.server.post("/v1/releases/proposals", timeout=300).json()["proposed"]
    assert (proposed["id"], proposed["version"]) == ("terms", 1)
    assert run(shop)["status"] == "not_in_force"
    assert shop.server.post("/v1/releases/terms/approval").status_code == 403
    with httpx.Client(base_url=shop.gateway.url, auth=(EDITOR_KEY, ""), timeout=90) as anna:
        assert anna.post("/v1/releases/terms/approval").json()["approved_by"] == "editor:anna"
    assert run(shop)["status"] == "published"
    written = b"".join(path.read_bytes() for path in (shop.gateway.directory / "log" / "wal").glob("*.wal"))
    assert written.count(b'"key":"terms@1"') == 2, "the proposal and the approval are entries of the log"
    assert "counted in 1 of at most 1." in own_numbers(shop, "ada")
    assert "counted in 0 of at most 1." in own_numbers(shop, "bea")

    assert shop.erase("ada")["status"] == "completed"
    shop.consent("ada", "given", "analytics")
    shop.batch([view(who, item(0, 1)) for who in ("ada", "bea")])
    answer = shop.server.post("/v1/releases/way_to_an_order/runs", json={"close_now": True}, timeout=300)
    assert answer.json()["status"] == "published"
    assert len(people_of(shop.gateway)) == 2, "both came"
    counted = {
        path.name.partition("@")[0]: path for path in (shop.gateway.directory / "aggregates").rglob("*~*")
    }
    first, second = (
        set(pl.read_parquet(counted[name], hive_partitioning=False)["person"])
        for name in ("people_by_day", "way_to_an_order")
    )
    assert (len(first), len(second)) == (1, 1)
    assert first.isdisjoint(second), "whoever left and came back is known, and counts once"
    assert "counted in 1 of at most 1." in own_numbers(shop, "ada")
    assert "counted in 1 of at most 1." in own_numbers(shop, "bea")


def add_editor(directory: Path) -> None:
    """Somebody else who may approve: anna."""
    key = directory.parent / "editor.key"
    key.write_text(f"{EDITOR_KEY}\n")
    key.chmod(0o600)
    settings = directory / "volens.toml"
    settings.write_text(
        settings.read_text() + f'\n[[editors]]\nid = "anna"\nkey_file = {json.dumps(str(key))}\n'
    )


@pytest.mark.slow
def test_a_device_that_is_linked_later_is_its_owner_and_leaves_with_them(gateways: Gateways) -> None:
    no_midnight_for()
    shop = Shop(gateways.start())
    shop.stock()
    browser = {"anonymous_id": "browser-9"}
    for who in (browser, "ada", "bea"):
        shop.consent(who, "given", "analytics")
    shop.consent("ada", "given", "linking")
    seen = {**view("x", item(0, 0)), "anonymousId": "browser-9"}
    seen.pop("userId")
    assert shop.batch([seen, view("bea", item(0, 0))])["accepted"] == 2
    assert run(shop)["status"] == "published"
    assert len(people_of(shop.gateway)) == 2
    identify = {"type": "identify", "userId": "ada", "anonymousId": "browser-9", "messageId": "linked"}
    shop.batch([identify, view("ada", item(0, 1))])
    again = shop.server.post("/v1/releases/hours_of_the_day/runs", json={"close_now": True}, timeout=300)
    assert again.json()["status"] == "published"
    assert len(rows(shop.gateway)) >= 3
    assert len(people_of(shop.gateway)) == 2, "the browser's row and ada's are one person's"
    shop.consent("ada", "withdrawn", "analytics")
    wait_until(lambda: len(people_of(shop.gateway)) == 1, "what both did goes")


def own_numbers(shop: Shop, who: str) -> str:
    """What somebody is shown of published numbers in the portal."""
    visitor = Visitor(shop.gateway)
    visitor.sign_in(who)
    return visitor.read("/portal/data")


@pytest.mark.slow
def test_four_eyes_put_a_release_in_force(gateways: Gateways) -> None:
    no_midnight_for()

    def configure(directory: Path) -> None:
        add_editor(directory)
        releases = directory / "releases.toml"
        releases.write_text(
            releases.read_text()
            .replace("noise = 12.0", "noise = 14.0", 1)
            .replace("version = 1", "version = 2", 1)
        )

    shop = Shop(gateways.start(configure))
    assert run(shop)["status"] == "not_in_force"
    proposed = shop.server.post("/v1/releases/proposals", timeout=300).json()
    assert [each["id"] for each in proposed["proposed"]] == ["people_by_day"]
    assert run(shop)["status"] == "not_in_force", "one pair of eyes is not enough"
    assert shop.server.post("/v1/releases/people_by_day/approval").status_code == 403
    with httpx.Client(base_url=shop.gateway.url, auth=(EDITOR_KEY, ""), timeout=90) as anna:
        approved = anna.post("/v1/releases/people_by_day/approval")
        assert approved.json()["approved_by"] == "editor:anna", approved.text
        assert anna.post("/v1/releases/people_by_day/approval").status_code == 404
    assert run(shop)["status"] == "published"


def test_a_catalogue_that_breaks_a_rule_stops_the_start(tmp_path: Path) -> None:
    directory = tmp_path / "shop"
    assert volens("init", directory).returncode == 0
    releases = directory / "releases.toml"
    releases.write_text(releases.read_text().replace("noise = 12.0", "noise = 0.0", 1))
    ended = volens("privacy", "releases", directory)
    assert (ended.returncode, ended.stderr) == (
        1,
        "volens: releases.toml: unknown, missing or outside its limits: releases[0].noise\n",
    )


def at_a_terminal(*arguments: str | Path) -> str:
    """What a command says on standard error to somebody who sits at a terminal."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "gateway", *map(str, arguments)]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs, cwd=ROOT
    ) as program:
        os.close(theirs)
        said = bytearray()
        with suppress(OSError):  # which is how a terminal ends
            while part := os.read(ours, 4096):
                said += part
        os.close(ours)
        assert program.wait(60) == 0, said
    return said.decode()


@pytest.mark.slow
def test_whoever_runs_a_release_at_a_terminal_sees_how_far_it_is(gateways: Gateways) -> None:
    shop = Shop(gateways.start())
    seen = at_a_terminal("privacy", "run", shop.gateway.directory, "way_to_an_order", "--close-now")
    assert any(step in seen for step in ("booking what it costs", "reading", "measuring")), (
        "it loads OpenDP first"
    )
    quiet = volens("privacy", "run", shop.gateway.directory, "people_by_day", "--close-now")
    assert (quiet.returncode, quiet.stderr) == (0, "")
    answer = shop.server.get("/v1/releases/people_by_day/runs")
    assert answer.json() == {"running": None}
    assert shop.server.get("/v1/releases/nothing/runs").status_code == 404
