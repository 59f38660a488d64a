"""The one plan that there is, as OpenDP proves it: people and sums per key.

Rules, each for a bug or a trap of OpenDP 0.16 (docs/upstream has those that nobody had reported):

- `make_private_lazyframe` with explicit scales: its loss is proved by `map` before any data is touched, and again when it is run.
  A scale of 0 is accepted there and would give exact data: there is none (`shapes.Noise` has a least value, and `map` fails).
- No column is made between the truncation and the grouping (#2949), every margin is loose (#2945), nulls are filled (they would
  become the middle of the range), and rows are truncated, not groups (`truncate_num_groups` keeps one too few): so many rows of
  a person, then one of each key. The lot was drawn when the table was made, so what these find is within the bounds already.
- Counts are signed: clamped ones are biased.

Laplace noise is proved as epsilon, of the whole plan and of a plan of one key (e). Whoever is taken away changes k keys at most,
each with noise of its own and each epsilon e by itself: so e^2/2 of rho each, and k e^2/2 all told, which is booked, with k e
beside it. Source: Bun and Steinke 2016, proposition 1.4 and lemma 1.7.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import opendp.extras.polars as dpl
import opendp.prelude as dp
import polars as pl

from privacy.errors import UnprovedError
from privacy.measuring.preparing import TABLE_SCHEMA
from privacy.releases.plan import Keyed
from privacy.releases.shapes import Law
from privacy.spending.loss import Loss, epsilon_of_loss, loss_of

dp.enable_features("contrib")

MOST_ROWS: Final = 10**9
"""More rows than any table has: known without looking at it."""
DELTA: Final = 1e-9
"""At which an epsilon is told of a rho."""
_UNIT = dp.symmetric_id_distance(identifier=pl.col("person"))


@dataclass(frozen=True, slots=True)
class Measurement:
    """A plan with its proved loss."""

    loss: Loss
    """What it costs each person at most, rounded up."""
    _run: Any

    @property
    def epsilon(self) -> float:
        """What it costs alone, at the delta of `loss` and `DELTA` more."""
        return epsilon_of_loss(self.loss, DELTA)

    def run(self, table: Path, *, reserved: Loss) -> pl.DataFrame:
        """Measure a table, once.

        Args:
            table: Parquet of `TABLE_SCHEMA`.
            reserved: what was booked for it.

        Raises:
            UnprovedError: it costs more than was booked; nothing was read.
        """
        told, pure = reserved.pure_micro_epsilon, self.loss.pure_micro_epsilon
        if not self.loss.within(reserved) or (told and not 0 < pure <= told):
            raise UnprovedError("a measurement costs more than was booked for it")
        found: pl.DataFrame = self._run(pl.scan_parquet(table, schema=pl.Schema(TABLE_SCHEMA))).collect()
        return found


def measurement_of(plan: Keyed) -> Measurement:
    """Prove what a plan costs.

    Raises:
        UnprovedError: OpenDP cannot prove it.
    """
    try:
        proved = keyed_query(plan)
        cost, delta = _mapped(proved)
        pure = 0.0
        if plan.law is Law.LAPLACE:
            each, _ = _mapped(keyed_query(replace(plan, most_keys=1)))
            pure, cost = cost, cost * each / 2
    except (dp.OpenDPException, TypeError, ValueError):
        raise UnprovedError("the loss of a plan cannot be proved") from None
    if not math.isfinite(cost) or cost <= 0:
        raise UnprovedError("a plan without a finite loss above 0")
    return Measurement(loss_of(cost, delta, pure), proved)


def _mapped(proved: Any) -> tuple[float, float]:
    """What a measurement costs: rho or epsilon, and delta."""
    found = proved.map(1)
    return found if isinstance(found, tuple) else (found, 0.0)


def _domain() -> Any:
    kinds = {"person": dp.i64, "key": str, "amount": dp.i64}
    series = [
        dp.series_domain(name, dp.option_domain(dp.atom_domain(T=kind))) for name, kind in kinds.items()
    ]
    return dp.with_margin(dp.lazyframe_domain(series), dpl.Margin(by=[], max_length=MOST_ROWS))


def keyed_query(plan: Keyed) -> Any:
    """OpenDP's measurement of people and sums per key; nothing of it is proved before `measurement_of`."""
    laplace = plan.law is Law.LAPLACE
    people, total = (_scale(noise, laplace) for noise in (plan.noise_people, plan.noise_sum))
    columns = [dpl.dp_len(scale=people, signed=True).alias("people")]
    if plan.most_each:
        amount = pl.col("amount").fill_null(0)
        columns.append(amount.dp.sum((0, plan.most_each), scale=total))  # type: ignore[attr-defined]  # OpenDP adds it
    query = (
        pl.LazyFrame(schema=TABLE_SCHEMA)
        .filter(pl.int_range(pl.len()).over("person") < plan.most_keys)
        .group_by("person", "key")
        .agg(pl.col("amount").first())
        .group_by("key")
        .agg(columns)
    )
    measure = dp.max_divergence() if laplace else dp.zero_concentrated_divergence()
    if plan.keys is None:
        return dp.m.make_private_lazyframe(
            _domain(), _UNIT, dp.approximate(measure), query, threshold=plan.threshold
        )
    known = pl.LazyFrame({"key": list(plan.keys)}, schema={"key": pl.String()})
    joined = known.join(query, on="key", how="left", nulls_equal=True)
    return dp.m.make_private_lazyframe(_domain(), _UNIT, measure, joined)


def _scale(noise: float, laplace: bool) -> float:
    """What OpenDP calls the scale of noise of a standard deviation."""
    return noise / math.sqrt(2) if laplace else noise
