"""Attacks of the threat table that no other journey tries."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.gateway_process import Gateways, volens
from tests.journey.in_process import Inside, inside
from tests.journey.shop import item, subject, view


def shape(value: Any) -> Any:
    """An answer without what may differ: the names of its members, all the way down."""
    if isinstance(value, dict):
        return {name: shape(member) for name, member in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else type(value).__name__


async def test_known_and_unknown_people_get_answers_of_one_shape(tmp_path: Path) -> None:
    async with inside(tmp_path / "volens") as served:
        await served.stock()
        await served.consent("known", "given", "analytics")
        known, unknown = await served.decide("known"), await served.decide("unknown")
        assert shape(known) == shape(unknown)
        sent = [await served.batch([view(who, item(1, 1))]) for who in ("known", "unknown")]
        assert [answer.status_code for answer in sent] == [200, 200]
        assert shape({**sent[0].json(), "reasons": {}}) == shape({**sent[1].json(), "reasons": {}})


async def test_the_browsers_key_does_not_tell_what_the_owner_of_a_browsers_id_said_or_is(
    tmp_path: Path,
) -> None:
    async with inside(tmp_path / "volens") as served:
        tabs = [f"tab-{said}" for said in ("nothing", "no", "child", "pause")]
        for tab in tabs[1:]:
            assert (await served.consent({"anonymous_id": tab}, "given")).status_code == 200
        await served.consent({"anonymous_id": "tab-no"}, "withdrawn")
        child = {"subject": {"anonymous_id": "tab-child"}, "age_band": "13-15"}
        assert (await served.http.put("/v1/consents/age-band", json=child)).status_code == 200
        pause = {"subject": {"anonymous_id": "tab-pause"}, "type": "restriction"}
        assert (await served.http.post("/v1/rights", json=pause)).status_code == 200
        of_a_server = {tab: await told(served, "server_key", tab) for tab in tabs}
        assert [each["reasons"] for each in of_a_server.values()] == [
            {reason: 1} for reason in ("no_record", "refused", "minor", "restricted")
        ]
        of_a_page = [await told(served, "write_key", tab) for tab in tabs]
        assert of_a_page == [{**of_a_page[0], "accepted": 0, "reasons": {"no_consent": 1}}] * len(tabs)


async def told(served: Inside, key: str, tab: str) -> dict[str, Any]:
    """What the holder of a key is answered to an event of a browser."""
    token = served.http.headers.pop("authorization")
    event = view(None, item(1, 1), anonymousId=tab)
    answer = await served.http.post("/v1/track", json=event, auth=(served.credentials[key], ""))
    served.http.headers["authorization"] = token
    return dict(answer.json())


def rows(directory: Path) -> dict[str, int]:
    """How many rows each table of people has."""
    tables = ("person", "consent_event", "consent_state", "signal_key", "link")
    with closing(sqlite3.connect(f"file:{directory / 'records.db'}?mode=ro", uri=True)) as records:
        return {name: records.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}


async def test_who_was_never_asked_has_no_row_no_key_and_no_tag_that_comes_again(tmp_path: Path) -> None:
    async with inside(tmp_path / "volens") as served:
        await served.stock()
        identify = {"type": "identify", "userId": "zoe", "anonymousId": "browser", "messageId": "m-1"}
        alias = {"type": "alias", "userId": "zoe", "previousId": "browser", "messageId": "m-2"}
        for who in ("zoe", {"anonymous_id": "browser"}):
            about = {"subject": subject(who)}
            assert [(await served.decide(who))["reason"] for _ in range(2)] == ["no_record"] * 2
            for path in ("/v1/consents/query", "/v1/prompts", "/v1/device-tokens"):
                assert (await served.http.post(path, json=about)).status_code == 200, path
            assert (await served.consent(who, "given", "no-such-purpose")).status_code == 409
        assert (await served.batch([view("zoe", item(1, 1)), identify, alias])).json()["accepted"] == 0
        assert rows(tmp_path / "volens") == dict.fromkeys(rows(tmp_path / "volens"), 0)
        found = (await served.http.get("/v1/audit/entries", params={"kind": "decision"})).json()["entries"]
        tags = [each["entry"]["g"] for each in found]
        assert len(tags) == len(set(tags)) == 4, (
            "entries about the same unknown person cannot be told together"
        )
        assert (await served.consent("zoe", "refused")).status_code == 200
        assert rows(tmp_path / "volens")["person"] == 1, "and the rows are those that a record makes"


@pytest.mark.slow
def test_a_second_process_is_refused_while_the_first_one_serves(gateways: Gateways) -> None:
    gateway = gateways.start()
    second = volens("serve", gateway.directory, "--port", "0")
    assert second.returncode != 0
    assert "another process" in second.stderr
    assert "Traceback" not in second.stderr
