"""What a recipient was given stands in the log when the gateway stops, and in the report that is made of it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from audit import Kind, decode_entry, published_entries
from gateway.cli import main
from gateway.directory.init_directory import initialise
from tests.journey.in_process import inside
from tests.journey.shop import ITEMS, view
from tests.unit.gateway.routing.fakes import until


def with_a_lake(directory: Path) -> None:
    """A directory whose recommendations' signals are written to files for somebody."""
    initialise(directory)
    policy = directory / "policy.toml"
    head, mark, tail = policy.read_text().partition('id = "recommendations"')
    policy.write_text(head + mark + tail.replace("destinations = []", 'destinations = ["lake"]', 1))
    with (directory / "volens.toml").open("a") as file:
        file.write('\n[[destinations]]\nid = "lake"\nkind = "ndjson"\npurpose = "recommendations"\n')
        file.write(f'path = "{directory.parent / "lake"}"\nlinger_seconds = 0.0\n')


async def test_the_log_and_the_report_say_what_a_recipient_was_given(tmp_path: Path) -> None:
    directory, out = tmp_path / "volens", tmp_path / "export"
    with_a_lake(directory)
    async with inside(directory) as served:
        await served.stock()
        await served.consent("ada", "given")
        for item in ITEMS[:3]:
            assert (await served.batch([view("ada", item)])).json()["accepted"] == 1
        await served.batch([view("nobody", ITEMS[0])])
        (lake,) = [each for each in served.services.router.status() if each.id == "lake"]
        assert lake.purpose == "recommendations"
        await until(lambda: served.services.router.status()[0].delivered == 3)
    entries = [(index, decode_entry(raw)) for index, raw in published_entries(directory / "log")]
    told = [(index, each.detail) for index, each in entries if each.kind is Kind.EXPORT]
    ((index, detail),) = told
    assert {**detail, "until": 0} == {
        "act": "delivered",
        "to": "lake",
        "purpose": "recommendations",
        "rows": 3,
        "until": 0,
    }
    seen = [at for at, each in entries if each.kind is Kind.EVENT]
    assert max(seen) < int(detail["until"]) <= index

    assert await asyncio.to_thread(main, ["audit", "export", str(directory), "--out", str(out)]) == 0
    report = json.loads((out / "report.json").read_text())
    (row,) = report["deliveries"]
    assert (row["recipient"], row["purpose"], row["signals"]) == ("lake", "recommendations", 3)
    assert report["disclosures"] == []
    assert "lake" in (out / "report.html").read_text()
