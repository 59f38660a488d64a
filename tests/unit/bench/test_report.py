"""The table shows every row, and the JSON says where and how it was measured."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from bench import memory, paced
from bench.report import Row, misses_its_goal, print_table, write_json

ROWS: list[Row] = [
    {"name": "P1", "value": 1.5, "unit": "x", "goal": ">= 1.5", "detail": "some", "bound_by": "disk", "pairs": []},
    {"name": "bytes", "value": 629, "unit": "bytes"},
]  # fmt: skip


def test_the_table_shows_rows_with_and_without_a_goal() -> None:
    page = io.StringIO()
    print_table(ROWS, Console(width=120, file=page))
    text = page.getvalue()
    assert all(word in text for word in ("P1", "1.5", ">= 1.5", "disk", "bytes", "629"))


def test_the_json_names_machine_commit_versions_and_options(tmp_path: Path) -> None:
    path = write_json(ROWS, {"pairs": 5}, datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC), tmp_path / "results")
    found = json.loads(path.read_text())
    assert path.name == "20261121T010203Z.json"
    assert found["rows"] == ROWS
    assert found["options"] == {"pairs": 5}
    assert {"commit", "machine", "python", "versions", "at"} <= found.keys()
    assert found["machine"]["cores"] >= 1


def test_bytes_a_person_are_megabytes_a_million() -> None:
    row = memory.describe_copy(1000, [3.0, 0.2, 0.1])
    assert (row["value"], row["unit"]) == (200, "ms")
    row = memory.describe(1000, {"people": 200_000, "history": 400_000, "training": 1_000_000})
    assert row["value"] == 200
    assert "400 MB with a history" in row["detail"]
    assert "1000 MB with what the model" in row["detail"]


@pytest.mark.parametrize(
    ("goal", "met", "missed"),
    [
        (">= 1.5", 1.5, 1.49),
        ("<= 250", 250, 251),
        ("1000", 999.9, 1000.1),
        (">= 10,000; p50 <= 5 ms", 10_000, 9_999),
    ],
)
def test_a_value_on_the_wrong_side_of_its_goal_misses_it(goal: str, met: float, missed: float) -> None:
    assert not misses_its_goal({"name": "a", "value": met, "unit": "x", "goal": goal})
    assert misses_its_goal({"name": "a", "value": missed, "unit": "x", "goal": goal})


@pytest.mark.parametrize("goal", ["", "stated beside Tessera"])
def test_what_has_no_number_to_reach_misses_none(goal: str) -> None:
    assert not misses_its_goal({"name": "a", "value": 1, "unit": "x", "goal": goal})
    assert not misses_its_goal({"name": "a", "value": 1, "unit": "x"})


def test_a_paced_decision_is_told_by_its_slowest_hundredth() -> None:
    row = paced.describe([(0.0, 0.001)] * 98 + [(0.0, 0.03)] * 2, [])
    assert misses_its_goal(row)
    assert not misses_its_goal(paced.describe([(0.0, 0.001)] * 99 + [(0.0, 0.02)], []))
    assert "half of them within 1.0 ms" in row["detail"]


def test_a_paced_decision_that_waited_for_a_stopped_disk_counts_and_is_told_apart() -> None:
    row = paced.describe([(0.0, 0.002)] * 90 + [(1.0, 1.2)] * 10, [(0.5, 0.501), (0.99, 1.19)])
    assert misses_its_goal(row)
    assert "1 times meanwhile, at most 200 ms" in row["detail"]
    assert "99 % of the 90 decisions outside of that: 2.0 ms" in row["detail"]
