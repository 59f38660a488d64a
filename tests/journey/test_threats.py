"""Attacks of the threat table that no other journey tries."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.gateway_process import Gateways, volens
from tests.journey.in_process import inside
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
