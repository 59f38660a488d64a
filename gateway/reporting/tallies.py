"""What a report needs to know of a range, counted while it is read: small, however many entries there are.

Only the facts are kept one by one: requests of people, exports, changes of policy and model, gaps and starts of the log.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from audit import Kind
from privacy import DAY_SECONDS

FACTS = ("rights", "erasure", "export", "key", "boot", "gap", "release", "round", "retention")
"""Kinds of which each entry is kept."""

_GROUPS = ("day", "kind", "outcome", "purposes", "policy", "model", "evidence")
_EVIDENCE = r'[{,]"evidence":"([a-z_]*)"'
_PAIR = r'"([a-z_]+)":(\d+)'


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts over a range."""

    counts: pl.DataFrame
    """A row for each day (days since 1970), kind, outcome, purposes, policy, model and evidence: `n`, and the `first` index."""
    withheld: pl.DataFrame
    """A row for each day and reason: `n` events that share an entry with others."""
    facts: pl.DataFrame
    """`index`, `at`, `kind` and `details` of the kinds in `FACTS`, in the order of the log."""


def tally_of(frame: pl.DataFrame) -> Tally:
    """Count an entry frame."""
    days = frame.with_columns(day=pl.col("at") // DAY_SECONDS)
    evidence = (
        pl.when(pl.col("kind") == Kind.CONSENT.value)
        .then(pl.col("details").str.extract(_EVIDENCE))
        .fill_null("")
        .alias("evidence")
    )
    counts = (
        days.with_columns(evidence)
        .group_by(_GROUPS)
        .agg(n=pl.len().cast(pl.Int64), first=pl.col("index").min())
        .sort(*_GROUPS)
    )
    pairs = (
        days.filter(pl.col("kind") == Kind.WITHHELD.value)
        .select("day", pair=pl.col("withheld").str.extract_all(_PAIR))
        .explode("pair")
        .drop_nulls()
    )
    withheld = pairs.select(
        "day",
        reason=pl.col("pair").str.extract(_PAIR, 1),
        n=pl.col("pair").str.extract(_PAIR, 2).cast(pl.Int64),
    )
    facts = frame.filter(pl.col("kind").is_in(FACTS))
    return Tally(
        counts,
        withheld.group_by("day", "reason").agg(pl.col("n").sum()).sort("day", "reason"),
        facts.select("index", "at", "kind", "details"),
    )


def added(tallies: Iterable[Tally]) -> Tally:
    """The counts of ranges that follow one another, as one."""
    parts = list(tallies)
    return Tally(
        pl.concat([part.counts for part in parts])
        .group_by(_GROUPS)
        .agg(pl.col("n").sum(), pl.col("first").min())
        .sort(*_GROUPS),
        pl.concat([part.withheld for part in parts])
        .group_by("day", "reason")
        .agg(pl.col("n").sum())
        .sort("day", "reason"),
        pl.concat([part.facts for part in parts]),
    )
