"""What published numbers and rounds on devices cost people in privacy, as the log's own entries say it.

Each booking and each round has an entry before anything is computed, so nothing was spent that is not here; the books themselves
(`/v1/budget`) are never below it. A booking that a crash had noted twice counts once, by its key.

Source: our own promise of one budget; Bun and Steinke 2016 (zCDP adds up).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from gateway.aggregates.entries import booking_of
from gateway.reporting.tallies import RangeCounts
from gateway.reports.accountability import details_of
from privacy import TOLD_DELTA, Loss, epsilon_of_loss

_MICRO = 1_000_000
_GLOBAL = "global/"
_ROUND_FACTS = ("round", "version", "asked", "included", "verdict")


def privacy_spend(tally: RangeCounts) -> dict[str, Any]:
    """Per release: windows booked and published, and the rho booked; and the day of people's lives that cost most."""
    facts = tally.facts.filter(pl.col("kind") == "release").select("index", "at", "details").iter_rows()
    said = [(index, at, json.loads(details)) for index, at, details in facts]
    spends = [booking_of(each, at, index) for index, at, each in said]
    booked = {spend.key: spend for spend in reversed(spends) if spend is not None}
    published = {each["key"] for _, _, each in said if each.get("act") == "published" and "key" in each}
    rows: dict[str, dict[str, Any]] = {}
    days: dict[str, Loss] = {}
    for key, spend in sorted(booked.items()):
        name, micro_rho = key.partition("/")[0], spend.loss.micro_rho
        row = rows.setdefault(name, {"release": name, "booked": 0, "published": 0, "micro_rho": 0})
        row["booked"] += 1
        row["published"] += key in published
        row["micro_rho"] += micro_rho
        for scope in spend.scopes:
            if scope.startswith(_GLOBAL):
                day = scope.removeprefix(_GLOBAL)
                days[day] = days.get(day, Loss(0)) + spend.loss
    most = max(days, key=lambda day: (days[day].micro_rho, day), default=None)
    return {
        "releases": [_with_rho(row) for row in rows.values()],
        "days": len(days),
        "most_day": most,
        "most_rho": None if most is None else days[most].rho,
        "most_epsilon": None if most is None else round(epsilon_of_loss(days[most], TOLD_DELTA), 3),
        "delta": TOLD_DELTA if most is None else TOLD_DELTA + days[most].delta,
    }


def rounds(tally: RangeCounts) -> list[dict[str, Any]]:
    """Per round on devices: how many were asked and are in the sum, what it spent, and how it ended."""
    found: dict[int, dict[str, Any]] = {}
    for details in details_of(tally, "round"):
        said = json.loads(details)
        if "round" not in said:
            continue  # a device that takes part, or leaves
        row = found.setdefault(said["round"], dict.fromkeys(_ROUND_FACTS) | {"micro_rho": 0, "ended": "open"})
        row |= {name: said[name] for name in _ROUND_FACTS if name in said and _is_of(said, name)}
        row["micro_rho"] = max(row["micro_rho"], said.get("micro_rho", 0))
        if said.get("act") in ("closed", "broken_off"):
            row["ended"] = said["act"]
    return [_with_rho(found[number]) for number in sorted(found)]


def _is_of(said: Mapping[str, Any], name: str) -> bool:
    """How many were asked is what the first look says; the second asks only those who came so far."""
    return name != "asked" or said.get("act") == "asked"


def _with_rho(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "micro_rho"} | {
        "rho": row["micro_rho"] / _MICRO
    }
