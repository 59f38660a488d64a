"""The bench of published numbers measures what it says it does."""

from __future__ import annotations

import polars as pl
import pytest

from bench.privacy import bounds
from bench.privacy.ours import DELTA, release_at
from bench.privacy.people import DAY, EACH, ITEMS, rows_of, write_people
from privacy import epsilon_of
from privacy.measuring import measurement_of
from privacy.releases.plan import plan_of
from privacy.releases.shapes import Law


def test_nobody_looks_at_more_items_than_every_tool_counts(tmp_path):
    rows = rows_of(write_people(4_800, tmp_path)).unique()
    assert rows.group_by("person").len()["len"].max() <= EACH
    assert rows["item"].n_unique() <= ITEMS
    [first, *_] = sorted(tmp_path.glob("part-*"))
    assert pl.read_parquet(first)["first"].is_between(DAY.begin, DAY.end, closed="left").all()


def test_a_release_costs_the_epsilon_that_the_others_get_by_the_law_that_is_the_closer_one():
    release = release_at(1.0)
    measurement = measurement_of(plan_of(release))
    assert release.law is Law.LAPLACE
    assert measurement.loss.pure_micro_epsilon == pytest.approx(1_000_000, abs=1)
    assert measurement.epsilon == pytest.approx(1.0, abs=2e-6)
    assert DELTA / 2 < measurement.loss.delta <= DELTA


def test_of_many_releases_each_costs_its_part_of_what_they_compose_to():
    release = release_at(7.2, releases=30)
    loss = measurement_of(plan_of(release)).loss
    assert release.law is Law.GAUSSIAN
    assert 7.1 < epsilon_of(30 * loss.rho, DELTA / 2) < 7.21
    assert loss.delta <= DELTA / 2


def test_errors_are_of_the_largest_and_fall_with_fewer_people_cut_off():
    pairs = bounds.heavy_tailed(3_000)
    wrong = bounds.errors(pairs, 8.0)
    assert set(wrong) == set(bounds.CANDIDATES)
    assert wrong[1] > wrong[20], "whoever is cut off is missing"
    assert bounds.chosen(pairs) in bounds.CANDIDATES
