"""The readers on real recorded files; the counts are those of docs/replay.md."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

from gateway.replay import BadLine, Recorded, Recording, items_of, read_items, subjects_of


def read(file: Path, event: str | None = None) -> list[Recorded]:
    entries = list(Recording(file, event=event).read())
    assert not any(isinstance(entry, BadLine) for entry in entries)
    return [entry for entry in entries if isinstance(entry, Recorded)]


def test_the_online_retail_demo_file_is_read_whole(datasets: Path) -> None:
    entries = read(datasets / "online_retail" / "demo_400_customers.csv.gz")
    assert len(entries) == 69_437
    assert Counter(entry.event["event"] for entry in entries) == {
        "Order Completed": 67_935,
        "Order Cancelled": 1_502,
    }
    assert len({entry.event["messageId"] for entry in entries}) == 69_436  # one row stands there twice
    assert (len(subjects_of(entries)), len(items_of(entries))) == (400, 3_142)
    titles = {item["id"]: item for item in read_items(datasets / "online_retail" / "items.csv")}
    assert len(titles) == 3_676
    assert titles.keys() >= items_of(entries).keys()


def test_the_otto_sample_and_otto_lines_made_of_it_are_the_same_events(
    datasets: Path, tmp_path: Path
) -> None:
    table = datasets / "otto_sample" / "events.csv"
    sessions: dict[int, list[dict[str, object]]] = {}
    with table.open(newline="") as file:
        for row in csv.DictReader(file):
            event = {"aid": int(row["item_id"]), "ts": int(row["ts_ms"]), "type": row["event"]}
            sessions.setdefault(int(row["session_id"]), []).append(event)
    lines = tmp_path / "otto.jsonl"
    lines.write_text("".join(json.dumps({"session": s, "events": e}) + "\n" for s, e in sessions.items()))
    of_table, of_lines = read(table), read(lines)
    assert Counter(entry.event["event"] for entry in of_lines) == {
        "Product Viewed": 800,
        "Product Added": 52,
        "Order Completed": 10,
    }
    assert [entry.event for entry in of_lines] == [entry.event for entry in of_table]
    assert len({entry.event["messageId"] for entry in of_lines}) == 862
    assert (len(subjects_of(of_lines)), len(items_of(of_lines))) == (20, 510)
