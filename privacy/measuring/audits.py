"""What an operator can find out alone: does a release keep what it claims? Five tests, which cannot cry wolf.

    T1  bounds        without noise, of random neighbours: what one person changes stays within the bounds
    T2  canaries      thousands of people with keys of their own, in one run: how well are they told from nobody?
    T3  threshold     how often is a key shown that one person alone has?
    T4  days          the windows of a day, one after the other: do they leak no more than was booked for all of them?
    T5  accounting    what is booked, against another way of counting: not less, and not a fifth more

T2 to T4 measure a release's own plan, with its noise scaled until a window costs rho 0.5, or epsilon 2 by Laplace noise: at the
noise of a real release nothing could be told from nothing. They answer with lower bounds (`privacy.measuring.distances`): of mu,
which is sqrt(2 rho), and of epsilon by Laplace noise. Source: Nasr et al. 2023.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from privacy.measuring.distances import (
    at_least,
    epsilon_at_least,
    gaussian_epsilon,
    mu_at_least,
    repeated_epsilon,
)
from privacy.measuring.participation import left_out, without
from privacy.measuring.plans import DELTA, Measurement, keyed_query, measurement_of
from privacy.measuring.preparing import TABLE_SCHEMA
from privacy.releases.participation import ParticipationLimit
from privacy.releases.plan import Keyed
from privacy.releases.shapes import Law
from privacy.spending.loss import Loss

CANARIES: Final = 20_000
"""Enough for a mistake by a factor of two."""
_RHO: Final = 0.5
_EPSILON: Final = 2.0
_MOST_OF_THEM: Final = 0.75
_DAY_WINDOWS: Final = 6
_WILD: Final = ((10**15,), (-(10**15),), (None, -(10**15), 10**15, 7))


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """What one test found."""

    test: str
    """T1 to T5."""
    claimed: float
    """What the release claims: mu, delta, or epsilon."""
    found: float
    """A lower bound of what was measured; of T5, the other count."""
    sound: bool
    """Whether the claim holds."""


def audit_plan(
    plan: Keyed,
    folder: Path,
    *,
    measured: Keyed | None = None,
    booked: int = _DAY_WINDOWS,
    hours_each: int = 0,
    canaries: int = CANARIES,
) -> Iterator[AuditFinding]:
    """Run T1 to T5 on a plan.

    Args:
        plan: what is claimed.
        folder: for tables; files in it are removed again.
        measured: what is measured instead, by whoever wants to see a test fail.
        booked: how many of the windows of a day are booked; all of them, but for whoever wants to see T4 fail.
        hours_each: in so many of them a person counts at most, and so many are booked; 0 for all.
        canaries: how many people of T2 to T4.

    Raises:
        UnprovedError: OpenDP cannot prove what the plan costs.
        OSError: a table cannot be written.
    """
    doing = plan if measured is None else measured
    yield _bounds(plan, doing, folder)
    yield _canaries(plan, doing, folder, canaries, _Day(1, 1))
    if plan.threshold is not None:
        yield _threshold(plan, doing, folder, canaries)
    paid = min(booked, hours_each) if hours_each else booked
    yield _canaries(plan, doing, folder, canaries // 2, _Day(_DAY_WINDOWS, paid, hours_each))
    yield accounting(plan)


def accounting(plan: Keyed) -> AuditFinding:
    """T5: the epsilon that is told of a release, against that of its mechanism, which is exact."""
    proved = measurement_of(plan)
    if plan.law is Law.LAPLACE:
        exact = repeated_epsilon(plan.epsilon_each, plan.reach, DELTA)
    else:
        exact = gaussian_epsilon(math.sqrt(2 * proved.loss.rho), DELTA)
    return AuditFinding("T5", proved.epsilon, exact, exact <= proved.epsilon <= 1.2 * exact)


def _bounds(plan: Keyed, doing: Keyed, folder: Path) -> AuditFinding:
    """T1: somebody with everything at once (repeated keys, nulls, huge and negative amounts) among people with one line each.

    Which of their lines are kept is left to chance, so one of them has huge amounts only, and one negative ones only.
    """
    keys = [f"k{number}" for number in range(4 * plan.most_keys + 2)]
    others = [(1 + number, keys[number % len(keys)], 1) for number in range(5 * len(keys))]
    exact = _proved(replace(doing, keys=tuple(keys), threshold=None), noise=None)
    without = _run(exact, others, folder)
    worst = 0.0
    for amounts in _WILD:
        wild = [(0, key, amount) for key in keys for amount in amounts]
        both = _run(exact, [*others, *wild], folder).join(without, on="key", suffix="_before")
        worst = max(worst, _moved(plan, both))
    return AuditFinding("T1", 1.0, worst, worst <= 1.0)


def _moved(plan: Keyed, both: pl.DataFrame) -> float:
    """What one person changed, in parts of what the plan allows; at most 1 if its bounds hold."""
    changed = (both["people"] - both["people_before"]).abs()
    worst = max(float((changed > 0).sum()) / plan.most_keys, float(changed.max() or 0))  # type: ignore[arg-type]  # numbers
    if not plan.most_each:
        return worst
    moved = (both["amount"] - both["amount_before"]).abs().max() or 0
    return max(worst, float(moved) / plan.most_each)  # type: ignore[arg-type]  # numbers


@dataclass(frozen=True, slots=True)
class _Day:
    """Windows, one after the other."""

    windows: int
    booked: int
    hours_each: int = 0


def _canaries(plan: Keyed, doing: Keyed, folder: Path, canaries: int, day: _Day) -> AuditFinding:
    """T2 and T4: everybody's own keys, over the windows of a day; who is there, and who is not?"""
    each, half, laplace = plan.most_keys, canaries // 2, plan.law is Law.LAPLACE
    noise = math.sqrt(2) * each / _EPSILON if laplace else math.sqrt(each / (2 * _RHO))  # of each window
    keys = tuple(f"c{who}.{place}" for who in range(canaries) for place in range(each))
    acting = Keyed(keys, doing.most_keys, noise * doing.noise_people / plan.noise_people, law=doing.law)
    rows = [(at // each, key, 0) for at, key in enumerate(keys[: half * each])] * 2
    proved = _proved(acting, noise=acting.noise_people)
    tallies = np.zeros(canaries)
    for frame in _windows(rows, day, folder):
        tallies += _tallies(_run(proved, frame, folder), canaries, laplace=laplace)
    seen = tallies >= _least(each, day, laplace=laplace)  # fixed before anything is measured
    there, absent = int(seen[:half].sum()), int(seen[half:].sum())
    if laplace:
        claimed, found = day.booked * _EPSILON, epsilon_at_least(there, absent, half)
    else:
        claimed, found = math.sqrt(day.booked * each) / noise, mu_at_least(there, absent, half)
    return AuditFinding("T2" if day.windows == 1 else "T4", claimed, found, found <= claimed)


def _least(each: int, day: _Day, *, laplace: bool) -> float:
    """From which tally on somebody is there: half of what they add; by Laplace noise all keys of a window, most of a day's."""
    if laplace:
        return each if day.windows == 1 else math.ceil(_MOST_OF_THEM * day.windows * each)
    return min(day.windows, day.hours_each or day.windows) * each / 2


def _windows(rows: list[Any], day: _Day, folder: Path) -> Iterator[pl.DataFrame]:
    """Everybody in each window, but for those who counted in as many as they may: they are left out as in every release."""
    everybody = pl.DataFrame(rows, schema=TABLE_SCHEMA, orient="row")
    counted: list[Path] = []
    try:
        for number in range(day.windows):
            limits = [ParticipationLimit(tuple(map(str, counted)), day.hours_each)] if day.hours_each else []
            frame = without(everybody.lazy(), left_out(limits)).collect()
            counted.append(folder / f"counted-{number}.parquet")
            frame.select("person").unique().write_parquet(counted[-1])
            yield frame
    finally:
        for path in counted:
            path.unlink(missing_ok=True)


def _threshold(plan: Keyed, doing: Keyed, folder: Path, canaries: int) -> AuditFinding:
    """T3: keys that one person has, at a threshold low enough for some of them to be shown."""
    noise = plan.noise_people
    low = round(1 + 2.5 * noise)
    lower = low + ((doing.threshold or 0) - (plan.threshold or 0))
    claimed = measurement_of(Keyed(None, 1, noise, threshold=low, law=plan.law)).loss.delta
    proved = _proved(Keyed(None, 1, noise, threshold=lower, law=plan.law), noise=noise)
    rows = [(who, f"c{who}", 0) for who in range(canaries)]
    found = at_least(_run(proved, rows, folder).height, canaries)
    return AuditFinding("T3", claimed, found, found <= claimed)


def _tallies(measured: pl.DataFrame, canaries: int, *, laplace: bool) -> np.ndarray:
    """Each canary's noisy counts, added up; by Laplace noise, how many of them are 1 or more: no other tally says as much."""
    who = measured["key"].str.strip_prefix("c").str.split(".").list.first().cast(pl.Int64).to_numpy()
    people = measured["people"].to_numpy()
    return np.bincount(who, weights=people >= 1 if laplace else people, minlength=canaries)


def _proved(plan: Keyed, *, noise: float | None) -> Measurement:
    """The plan as it is measured for real, with other noise; with none at all only here, where no person's data are."""
    if noise is None:
        return Measurement(Loss(0), keyed_query(replace(plan, noise_people=0.0, noise_sum=0.0)))
    return measurement_of(replace(plan, noise_people=noise))


def _run(measurement: Measurement, rows: list[Any] | pl.DataFrame, folder: Path) -> pl.DataFrame:
    table = folder / "audit.parquet"
    try:
        pl.DataFrame(rows, schema=TABLE_SCHEMA, orient="row").write_parquet(table)
        return measurement.run(table, reserved=measurement.loss)
    finally:
        table.unlink(missing_ok=True)
