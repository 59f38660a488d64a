"""What the report says of privacy spent is what the log's entries of bookings and rounds say, each once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from audit import Entry, Kind, Outcome, encode_entry
from gateway.aggregates.entries import booked, published
from gateway.reporting.entry_frame import entry_frame
from gateway.reporting.tallies import RangeCounts, tally_of
from gateway.reports.privacy_spend import privacy_spend, rounds
from privacy import TOLD_DELTA, Loss, Spend, SpendState, epsilon_of, kept_loss

AT = 1_795_000_020


def tally(kind: Kind, details: list[Mapping[str, str | int]]) -> RangeCounts:
    entries = [encode_entry(Entry(kind, Outcome.DONE, AT, detail=detail)) for detail in details]
    return tally_of(entry_frame(0, entries))


def spend(key: str, urho: int, *days: str) -> Spend:
    scopes = tuple(scope for day in days for scope in (f"global/{day}", f"purpose/analytics/{day}"))
    return Spend(key, Loss(urho), scopes, bytes(32), SpendState.RESERVED, AT, None)


def test_what_was_booked_adds_up_by_release_and_by_day() -> None:
    many = [f"2026-10-{day:02d}" for day in range(1, 31)]
    bookings = [
        spend("people@1/2026-11-20", 2000, "2026-11-20"),
        spend("people@1/2026-11-21", 2000, "2026-11-21"),
        spend("month@2/2026-11", 500, *many, "2026-11-21"),
    ]
    said = [booked(each) for each in (*bookings, bookings[0])]  # one of them noted again after a crash
    found = privacy_spend(tally(Kind.RELEASE, [*said, published("people@1/2026-11-21", b"1")]))
    assert found["releases"] == [
        {"release": "month@2", "booked": 1, "published": 0, "rho": 0.0005},
        {"release": "people@1", "booked": 2, "published": 1, "rho": 0.004},
    ]
    assert (found["days"], found["most_day"], found["most_rho"]) == (32, "2026-11-21", 0.0025)
    assert found["most_epsilon"] == pytest.approx(epsilon_of(0.0025, TOLD_DELTA), abs=0.001)


def test_what_is_pure_is_told_as_what_it_is_and_delta_whole() -> None:
    pure = replace(spend("items@1/2026-11-21", 0, "2026-11-21"), loss=kept_loss(125_000, 10**6, 10**6))
    found = privacy_spend(tally(Kind.RELEASE, [booked(pure)]))
    assert (found["most_rho"], found["most_epsilon"]) == (0.125, 1.0)
    assert found["delta"] == pytest.approx(2e-9)


def test_nothing_booked_is_nothing_spent() -> None:
    found = privacy_spend(tally(Kind.RELEASE, [{"act": "proposed", "key": "people@1", "by": "editor"}]))
    assert (found["releases"], found["days"], found["most_epsilon"]) == ([], 0, None)


def test_rounds_are_told_by_how_they_ended() -> None:
    found = rounds(
        tally(
            Kind.ROUND,
            [
                {"act": "enrolled"},
                {"act": "opened", "round": 1, "version": 4, "manifest": "00"},
                {"act": "asked", "round": 1, "asked": 90, "live": 88},
                {"act": "checked", "round": 1, "asked": 80, "live": 79, "micro_rho": 700},
                {"act": "closed", "round": 1, "verdict": "published", "included": 79, "asked": 90},
                {"act": "opened", "round": 2, "version": 5, "manifest": "00"},
                {"act": "asked", "round": 2, "asked": 60, "live": 60},
                {"act": "broken_off", "round": 2, "micro_rho": 0},
                {"act": "opened", "round": 3, "version": 6, "manifest": "00"},
            ],
        )
    )
    assert [
        tuple(row[name] for name in ("round", "asked", "included", "rho", "verdict", "ended"))
        for row in found
    ] == [
        (1, 90, 79, 0.0007, "published", "closed"),
        (2, 60, None, 0.0, None, "broken_off"),
        (3, None, None, 0.0, None, "open"),
    ]
