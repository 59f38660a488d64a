"""What an operator can find out alone: does a release keep what it claims? Five tests, which cannot cry wolf.

    T1  bounds        without noise, of random neighbours: what one person changes stays within the bounds
    T2  canaries      thousands of people with keys of their own, in one run: how well are they told from nobody?
    T3  threshold     how often is a key shown that one person alone has?
    T4  days          the windows of a day, one after the other: do they leak no more than was booked for all of them?
    T5  accounting    what is booked, against another way of counting: not less, and not a fifth more

T2 to T4 measure a release's own plan, with its noise scaled until a window costs rho 0.5: at the noise of a real release
nothing could be told from nothing. They answer with lower bounds that hold but for once in 10^9 (Clopper and Pearson 1934), in
terms of Gaussian privacy (mu), in which Gaussian noise is told exactly: mu = sqrt(2 rho). Source: Dong, Roth and Su 2019; Nasr
et al. 2023; Balle and Wang 2018 for epsilon.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from scipy import special

from privacy.measuring.participation import left_out, without
from privacy.measuring.plans import Measurement, keyed_query, measurement_of
from privacy.measuring.preparing import TABLE_SCHEMA
from privacy.releases.participation import ParticipationLimit
from privacy.releases.plan import Keyed
from privacy.spending.loss import Loss, epsilon_of

CANARIES: Final = 20_000
"""Enough for a mistake by a factor of two."""
ALPHA: Final = 1e-9
"""How often a sound plan may be called unsound."""
_RHO: Final = 0.5
_DELTA: Final = 1e-9
_DAY_WINDOWS: Final = 6
_WILD: Final = ((10**15,), (-(10**15),), (None, -(10**15), 10**15, 7))


@dataclass(frozen=True, slots=True)
class Finding:
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
) -> Iterator[Finding]:
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
    yield accounting(measurement_of(plan).loss)


def accounting(loss: Loss, times: int = 1) -> Finding:
    """T5: the epsilon that the books say, against that of the Gaussian mechanism, which is exact."""
    booked = epsilon_of(times * loss.rho, _DELTA)
    exact = gaussian_epsilon(math.sqrt(2 * times * loss.rho), _DELTA)
    return Finding("T5", booked, exact, exact <= booked <= 1.2 * exact)


def gaussian_epsilon(mu: float, delta: float) -> float:
    """The epsilon of Gaussian privacy `mu` at `delta`, exactly (Balle and Wang 2018, theorem 8), by bisection."""

    def excess(epsilon: float) -> float:
        left = special.log_ndtr(mu / 2 - epsilon / mu)
        right = epsilon + special.log_ndtr(-mu / 2 - epsilon / mu)
        return float(math.exp(left) - math.exp(right) - delta)

    low, high = 0.0, 1.0
    while excess(high) > 0:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return high


def _bounds(plan: Keyed, doing: Keyed, folder: Path) -> Finding:
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
    return Finding("T1", 1.0, worst, worst <= 1.0)


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


def _canaries(plan: Keyed, doing: Keyed, folder: Path, canaries: int, day: _Day) -> Finding:
    """T2 and T4: everybody's own keys, added up over the windows of a day; who is there, and who is not?"""
    each, half = plan.most_keys, canaries // 2
    noise = math.sqrt(each / (2 * _RHO))  # of each window
    claimed = math.sqrt(day.booked * each) / noise
    keys = tuple(f"c{who}.{place}" for who in range(canaries) for place in range(each))
    acting = Keyed(keys, doing.most_keys, noise * doing.noise_people / plan.noise_people)
    rows = [(at // each, key, 0) for at, key in enumerate(keys[: half * each])] * 2
    proved = _proved(acting, noise=acting.noise_people)
    sums = np.zeros(canaries)
    for frame in _windows(rows, day, folder):
        sums += _sums(_run(proved, frame, folder), canaries)
    middle = min(day.windows, day.hours_each or day.windows) * each / 2  # fixed before anything is measured
    found = _mu_at_least(int((sums[:half] > middle).sum()), int((sums[half:] > middle).sum()), half)
    return Finding("T2" if day.windows == 1 else "T4", claimed, found, found <= claimed)


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


def _threshold(plan: Keyed, doing: Keyed, folder: Path, canaries: int) -> Finding:
    """T3: keys that one person has, at a threshold low enough for some of them to be shown."""
    noise = plan.noise_people
    low = round(1 + 2.5 * noise)
    lower = low + ((doing.threshold or 0) - (plan.threshold or 0))
    claimed = measurement_of(Keyed(None, 1, noise, threshold=low)).loss.delta
    proved = _proved(Keyed(None, 1, noise, threshold=lower), noise=noise)
    rows = [(who, f"c{who}", 0) for who in range(canaries)]
    found = _low(_run(proved, rows, folder).height, canaries)
    return Finding("T3", claimed, found, found <= claimed)


def _sums(measured: pl.DataFrame, canaries: int) -> np.ndarray:
    """Each canary's noisy counts, added up."""
    who = measured["key"].str.strip_prefix("c").str.split(".").list.first().cast(pl.Int64).to_numpy()
    return np.bincount(who, weights=measured["people"].to_numpy(), minlength=canaries)


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


def _low(hits: int, of: int) -> float:
    return 0.0 if hits == 0 else float(special.betaincinv(hits, of - hits + 1, ALPHA / 2))


def _high(hits: int, of: int) -> float:
    return 1.0 if hits == of else float(special.betaincinv(hits + 1, of - hits, 1 - ALPHA / 2))


def _mu_at_least(there: int, absent: int, of: int) -> float:
    """How far apart the two must be, at least."""
    return float(special.ndtri(_low(there, of)) - special.ndtri(_high(absent, of)))
