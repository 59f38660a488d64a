"""What OpenDP 0.16 does that nobody expects, and that our plans step around. A version that changes one of these fails here: look again then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import opendp.extras.polars as dpl
import opendp.prelude as dp
import polars as pl
import pytest

from privacy import Loss, UnprovedError
from privacy.measuring import measurement_of
from privacy.measuring.plans import keyed_query
from privacy.measuring.preparing import TABLE_SCHEMA
from privacy.releases.plan import Keyed
from privacy.releases.shapes import Law


def context(path: Any) -> Any:
    return dp.Context.compositor(
        data=pl.scan_parquet(path),
        privacy_unit=dp.unit_of(contributions=1, identifier="person"),
        privacy_loss=dp.loss_of(rho=1e12, delta=0.5),
        split_evenly_over=1,
        margins=[dpl.Margin(max_length=10**9)],
    )


@pytest.fixture
def table(tmp_path) -> Callable[..., Any]:
    def write(*rows: tuple[int | None, str | None, int | None]):
        path = tmp_path / "table.parquet"
        pl.DataFrame(rows, schema=TABLE_SCHEMA, orient="row").write_parquet(path)
        return path

    return write


def test_truncating_groups_keeps_one_too_few(table):
    # docs/upstream/opendp-truncate-num-groups.md
    path = table(*((who, f"k{n}", 0) for who in range(200) for n in range(5)))
    keys = pl.LazyFrame({"key": [f"k{n}" for n in range(5)]})
    counted = (
        context(path)
        .query()
        .truncate_per_group(1, by=["key"], keep="first")
        .truncate_num_groups(3, by=["key"], keep="first")
        .group_by("key")
        .agg(dpl.dp_len(signed=True))
        .with_keys(keys)
        .release()
        .collect()
    )
    total = counted.select(pl.exclude("key").sum()).item()
    assert total == pytest.approx(2 * 200, abs=20), "3 were asked for"


def test_our_plans_keep_as_many_as_they_may(table):
    path = table(*((who, f"k{n}", 0) for who in range(200) for n in range(5)))
    plan = Keyed(tuple(f"k{n}" for n in range(5)), 3, 0.5)
    measurement = measurement_of(plan)
    counted = measurement.run(path, reserved=measurement.loss)
    assert counted["people"].sum() == pytest.approx(3 * 200, abs=20)


def test_nulls_count_nothing(table):
    path = table(*((who, "all", None) for who in range(1000)))
    plan = Keyed(("all",), 1, 1.0, 100, 1.0)
    measurement = measurement_of(plan)
    counted = measurement.run(path, reserved=measurement.loss)
    assert counted["amount"].sum() == pytest.approx(0, abs=20), "and not the middle of the range, 50,000"


def test_no_noise_is_accepted_and_only_the_proof_refuses(table):
    plan = Keyed(("all",), 1, 0.0)
    exact = keyed_query(plan)(pl.scan_parquet(table((1, "all", 0), (2, "all", 0)))).collect()
    assert exact["people"].to_list() == [2], "OpenDP gives the exact number"
    with pytest.raises(UnprovedError):
        measurement_of(plan)


def test_more_than_was_booked_is_not_measured(table):
    cheap, dear = measurement_of(Keyed(("all",), 1, 10.0)), measurement_of(Keyed(("all",), 1, 1.0))
    with pytest.raises(UnprovedError):
        dear.run(table((1, "all", 0)), reserved=cheap.loss)


def test_what_is_told_as_pure_is_as_pure_as_that(table):
    gaussian, laplace = (measurement_of(Keyed(("all",), 1, 10.0, law=law)) for law in Law)
    rows, told = table((1, "all", 0)), laplace.loss
    laplace.run(rows, reserved=told)
    laplace.run(rows, reserved=Loss(told.micro_rho))
    for measured, reserved in (
        (laplace, replace(told, pure_micro_epsilon=told.pure_micro_epsilon - 1)),
        (gaussian, told),
    ):
        with pytest.raises(UnprovedError):
            measured.run(rows, reserved=reserved)


def test_nobody_at_all_has_noise_too(table):
    plan = Keyed(("all",), 1, 50.0)
    measurement = measurement_of(plan)
    seen = {measurement.run(table(), reserved=measurement.loss)["people"].item() for _ in range(8)}
    assert len(seen) > 1
