"""The bench of published numbers measures what it says it does."""

from __future__ import annotations

import polars as pl

from bench.privacy import bounds
from bench.privacy.ours import DELTA, release_at
from bench.privacy.people import DAY, EACH, ITEMS, rows_of, write_people
from privacy import epsilon_of
from privacy.measuring import measurement_of
from privacy.releases.plan import plan_of


def test_nobody_looks_at_more_items_than_every_tool_counts(tmp_path):
    rows = rows_of(write_people(4_800, tmp_path)).unique()
    assert rows.group_by("person").len()["len"].max() <= EACH
    assert rows["item"].n_unique() <= ITEMS
    [first, *_] = sorted(tmp_path.glob("part-*"))
    assert pl.read_parquet(first)["first"].is_between(DAY.begin, DAY.end, closed="left").all()


def test_a_release_costs_the_epsilon_that_the_others_get():
    loss = measurement_of(plan_of(release_at(1.0))).loss
    assert 0.98 < epsilon_of(loss.rho, DELTA / 2) < 1.01
    assert loss.delta <= DELTA / 2


def test_errors_are_of_the_largest_and_fall_with_fewer_people_cut_off():
    pairs = bounds.heavy_tailed(3_000)
    wrong = bounds.errors(pairs, 8.0)
    assert set(wrong) == set(bounds.CANDIDATES)
    assert wrong[1] > wrong[20], "whoever is cut off is missing"
    assert bounds.chosen(pairs) in bounds.CANDIDATES
