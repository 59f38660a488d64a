"""Requests are counted as they were dealt with, and days are those of the calendar."""

from __future__ import annotations

import json

import pytest

from gateway.reports.rights_metrics import californian, rights_metrics, together, wishes
from privacy import DAY_SECONDS

BEGAN = 1_795_000_020


def step(day: float, request: str, act: str, right: str = "erasure", why: str = "none") -> tuple[int, str]:
    details = {"act": act, "request": request, "right": right, "why": why}
    return BEGAN + int(day * DAY_SECONDS), json.dumps(details)


FACTS = [
    step(0, "a", "received"),
    step(1, "b", "received"),
    step(2, "a", "completed"),
    step(5, "b", "refused", why="legal_obligation"),
    step(6, "c", "received", "access"),
    step(6, "c", "provided", "access"),
    step(6.5, "c", "completed", "access"),
    step(7, "d", "received", "portability"),
    step(8, "d", "withdrawn", "portability"),
    step(9, "e", "completed", "rectification"),
    step(10, "f", "received", "restriction"),
    step(11, "g", "received", "objection"),
    step(12, "g", "extended", "objection", "complexity"),
    step(60, "g", "completed", "objection"),
    step(11, "h", "received", "objection"),
    step(60, "h", "completed", "objection"),
]
END = BEGAN + 70 * DAY_SECONDS


def test_each_right_is_counted_by_how_it_ended() -> None:
    metrics = rights_metrics(FACTS, END)
    erasure = metrics["erasure"].row()
    assert (erasure["received"], erasure["complied"], erasure["denied"]) == (2, 1, 1)
    assert erasure["denied_because"] == {"legal_obligation": 1}
    assert (erasure["median_days"], erasure["mean_days"]) == (3.0, 3.0)
    assert metrics["portability"].row()["taken_back"] == 1
    assert metrics["portability"].row()["median_days"] is None


def test_what_was_received_before_the_range_has_no_duration() -> None:
    row = rights_metrics(FACTS, END)["rectification"].row()
    assert (row["received"], row["complied"], row["median_days"]) == (0, 1, None)
    assert (row["late"], row["receipt_unknown"]) == (0, 1)


def test_requests_from_before_the_range_are_followed_into_it() -> None:
    before, within = [fact for fact in FACTS if fact[0] < BEGAN + 12 * DAY_SECONDS], FACTS[-4:]
    within = [fact for fact in within if fact not in before]
    metrics = rights_metrics(within, END, before)
    objection = metrics["objection"].row()
    assert (objection["received"], objection["complied"], objection["late"]) == (0, 2, 1)
    assert objection["median_days"] == pytest.approx(49.0)
    restriction = metrics["restriction"].row()
    assert (restriction["received"], restriction["still_open"], restriction["overdue"]) == (0, 1, 1)
    assert sum(each.receipt_unknown for each in metrics.values()) == 0
    assert metrics.keys() == {"objection", "restriction"}  # the others had ended before


def test_of_a_request_whose_receipt_is_published_no_more_it_is_said() -> None:
    metrics = rights_metrics([step(90, "x", "extended"), step(91, "y", "refused", why="unfounded")], END)
    row = together(metrics.values()).row()
    assert (row["received"], row["still_open"], row["denied"], row["receipt_unknown"]) == (0, 1, 1, 2)
    assert (row["overdue"], row["late"], row["mean_days"]) == (0, 0, None)


def test_deadlines_count_a_month_or_three() -> None:
    metrics = rights_metrics(FACTS, END)
    assert metrics["objection"].late == 1
    assert (metrics["restriction"].still_open, metrics["restriction"].overdue) == (1, 1)
    assert rights_metrics(FACTS, BEGAN + 20 * DAY_SECONDS)["restriction"].overdue == 0


def test_california_counts_five_kinds() -> None:
    metrics = rights_metrics(FACTS, END)
    rows = californian(metrics)
    assert list(rows) == ["know", "delete", "correct", "opt out", "limit"]
    assert rows["know"].received == 2
    assert rows["opt out"].row()["mean_days"] == pytest.approx(49.0)
    assert together(metrics.values()).received == sum(each.received for each in rows.values())


def test_a_wish_is_no_request_and_counts_apart() -> None:
    said = [(BEGAN, json.dumps({"act": act})) for act in ("reset", "less_like_this", "reset")]
    assert rights_metrics([*said, *FACTS], END) == rights_metrics(FACTS, END)
    assert wishes([*FACTS, *said]) == {"less_like_this": 1, "reset": 2}
