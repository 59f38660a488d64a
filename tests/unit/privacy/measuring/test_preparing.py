"""Each shape, counted by hand: of a small cube, and of what somebody with far too much of everything may leave behind."""

from __future__ import annotations

import polars as pl
import pytest

from privacy import Length, Window, read_catalogue, window_at
from privacy.measuring import body_of, measurement_of, prepare, preparing
from privacy.measuring.preparing import CUBE_SCHEMA
from privacy.releases.plan import plan_of
from privacy.releases.shapes import fields_of

DAY = window_at(Length.DAY, 1_795_219_200)
WEEK = window_at(Length.WEEK, DAY.begin)
AT = DAY.begin + 3600 * 14


def release(shape: str, window: str = "day"):
    head = f'[[releases]]\nid = "x"\nversion = 1\ntitle = "x"\nwindow = "{window}"\nshape = {shape}\n'
    [found] = read_catalogue(head.encode()).releases
    return found


def cube(folder, rows, **fields):
    """(person, event, when, n, amount), and fields by name, one value a row."""
    table = pl.DataFrame(
        {
            "event": [row[1] for row in rows],
            "person": [row[0] for row in rows],
            "first": [row[2] for row in rows],
            "n": [row[3] for row in rows],
            "lines": [row[3] for row in rows],
            "amount": [row[4] for row in rows],
            **{f"f.{name}": values for name, values in fields.items()},
        },
        schema={**CUBE_SCHEMA, **{f"f.{name}": pl.String() for name in fields}},
    )
    path = folder / f"part-{len(list(folder.iterdir()))}.parquet"
    table.write_parquet(path)
    return path


def prepared(folder, asked, files, window: Window = DAY) -> set[tuple[int, str, int]]:
    target = folder / "table"
    prepare(asked, window, files, target)
    return set(pl.read_parquet(target).rows())


def test_people_are_counted_once_however_many_files_they_stand_in(tmp_path):
    files = [
        cube(tmp_path, [(1, "Page", AT, 3, 0), (2, "Page", AT, 1, 0)]),
        cube(tmp_path, [(1, "Page", AT, 1, 0)]),
    ]
    assert prepared(tmp_path, release('"people"\nnoise = 1.0'), files) == {(1, "all", 0), (2, "all", 0)}


def test_only_the_window_and_only_the_events_count(tmp_path):
    rows = [
        (1, "Page", DAY.begin - 1, 1, 0),
        (2, "Page", DAY.end, 1, 0),
        (3, "Page", DAY.begin, 1, 0),
        (4, "Other", AT, 1, 0),
    ]
    asked = release('"people"\nnoise = 1.0\nevents = ["Page"]')
    assert prepared(tmp_path, asked, [cube(tmp_path, rows), tmp_path / "missing"]) == {(3, "all", 0)}


def test_what_a_rule_made_is_nothing_that_somebody_did_unless_it_is_asked_for(tmp_path):
    rows = [(1, "Rule Fired", AT, 1, 0), (2, "Segment Left", AT, 1, 0), (3, "Page", AT, 1, 0)]
    files = [cube(tmp_path, rows)]
    assert prepared(tmp_path, release('"people"\nnoise = 1.0'), files) == {(3, "all", 0)}
    asked = release('"people"\nnoise = 1.0\nevents = ["Rule Fired"]')
    assert prepared(tmp_path, asked, files) == {(1, "all", 0)}
    shown = (4, "Experiment Viewed", AT, 1, 0)
    asked = release(
        '"experiment"\nexperiment = "e"\narms = ["on", "off"]\nsuccess = "Rule Fired"\nnoise = 9.0'
    )
    told = {"experiment_id": ["e", None], "variation_id": ["on", None]}
    files = [cube(tmp_path, [shown, (4, "Rule Fired", AT + 1, 1, 0)], **told)]
    assert prepared(tmp_path, asked, files) == {(4, "on|shown", 0), (4, "on|reached", 0)}


def test_a_total_is_bounded_and_says_what_was_cut(tmp_path):
    files = [cube(tmp_path, [(1, "Page", AT, 7, 0), (2, "Page", AT, 12, 0), (3, "Page", AT, 10**9, 0)])]
    asked = release('"total"\nof = "events"\nmost_each = 10\nnoise = 30.0\nnoise_people = 3.0')
    assert prepared(tmp_path, asked, files) == {
        (1, "all", 7),
        (2, "all", 10),
        (2, "~cut", 2),
        (3, "all", 10),
        (3, "~cut", 10),
    }


def test_nobody_has_less_than_nothing(tmp_path):
    files = [cube(tmp_path, [(1, "Page", AT, -5, -100)])]
    asked = release('"mean"\nof = "amount"\nmost_each = 10\nnoise = 30.0\nnoise_people = 3.0')
    assert prepared(tmp_path, asked, files) == {(1, "all", 0)}


def test_bars_begin_at_their_edges(tmp_path):
    rows = [(n, "Page", AT, n, 0) for n in (0, 1, 4, 5, 9, 10, 11)]
    asked = release('"histogram"\nof = "events"\nedges = [5, 10]\nnoise = 1.0')
    found = prepared(tmp_path, asked, [cube(tmp_path, rows)])
    assert {(who, key) for who, key, _ in found} == {
        (1, "1-4"),
        (4, "1-4"),
        (5, "5-9"),
        (9, "5-9"),
        (10, "10+"),
        (11, "10+"),
    }


def test_nobody_counts_under_more_keys_than_they_may_and_the_same_ones_twice(tmp_path):
    many = [(1, "Page", AT, 1, 0)] * 50 + [
        (2, "Page", AT, 1, 0),
        (3, "Page", AT, 1, 0),
        (3, "Page", AT, 1, 0),
    ]
    keys = [f"i{n}" for n in range(50)] + ["i1", "~cut", None]
    files = [cube(tmp_path, many, product_id=keys)]
    asked = release('"by_found_keys"\nby = "product_id"\nmost_keys = 3\nnoise = 3.0\nthreshold = 20')
    found = prepared(tmp_path, asked, files)
    assert found == prepared(tmp_path, asked, files)
    mine = {key for who, key, _ in found if who == 1}
    assert len(mine - {"~cut"}) == 3
    assert "~cut" in mine
    assert {(who, key) for who, key, _ in found if who != 1} == {(2, "i1")}, (
        "a key of ours and none at all count nothing"
    )


def test_what_is_not_told_of_costs_nothing(tmp_path):
    said = '"by_found_keys"\nby = "product_id"\nmost_keys = 3\nnoise = 3.0\nthreshold = 20'
    plan, silent = release(said), release(f"{said}\ntells_cut = false")
    files = [cube(tmp_path, [(1, "Page", AT, 1, 0)] * 9, product_id=[f"i{n}" for n in range(9)])]
    assert {key for _, key, _ in prepared(tmp_path, silent, files)} < {f"i{n}" for n in range(9)}
    assert len(prepared(tmp_path, silent, files)) == 3
    assert plan_of(silent).rho == pytest.approx(plan_of(plan).rho * 3 / 4)
    measurement = measurement_of(plan_of(silent))
    measured = measurement.run(tmp_path / "table", reserved=measurement.loss)
    assert b'"cut_people":null' in body_of(silent, DAY, measured, measurement.loss, measurement.epsilon)
    said = '"by_keys"\nby = "hour"\nkeys = ["00", "01"]\nmost_keys = 1\nnoise = 3.0\ntells_cut = false'
    assert plan_of(release(said)).keys == ("00", "01")


def test_known_keys_let_no_other_through(tmp_path):
    files = [cube(tmp_path, [(1, "Page", AT, 1, 0), (2, "Page", AT, 1, 0)], category=["a", "b"])]
    asked = release('"by_keys"\nby = "category"\nkeys = ["a", "c"]\nmost_keys = 1\nnoise = 3.0')
    assert prepared(tmp_path, asked, files) == {(1, "a", 0)}


def test_hours_are_of_the_day(tmp_path):
    files = [cube(tmp_path, [(1, "Page", DAY.begin, 1, 0), (2, "Page", AT + 60, 1, 0)])]
    asked = release('"by_keys"\nby = "hour"\nkeys = ["00", "14"]\nmost_keys = 1\nnoise = 3.0')
    assert prepared(tmp_path, asked, files) == {(1, "00", 0), (2, "14", 0)}


def test_a_funnel_knows_the_order(tmp_path):
    rows = [
        *((1, step, AT + n, 1, 0) for n, step in enumerate(("A", "B", "C"))),
        *((2, step, AT - n, 1, 0) for n, step in enumerate(("A", "B", "C"))),
        (3, "A", AT, 1, 0),
        (3, "C", AT + 5, 1, 0),
        (4, "C", AT, 1, 0),
    ]
    asked = release('"funnel"\nsteps = ["A", "B", "C"]\nnoise = 1.0')
    assert prepared(tmp_path, asked, [cube(tmp_path, rows)]) == {(1, "C", 0), (2, "A", 0), (3, "A", 0)}


def test_people_come_again_after_their_own_first_day(tmp_path):
    day = 86_400
    rows = [(1, "Page", WEEK.begin + n * day, 1, 0) for n in (2, 3, 6)] + [(2, "Page", WEEK.begin, 1, 0)]
    asked = release('"retention"\nnoise = 3.0', "week")
    found = prepared(tmp_path, asked, [cube(tmp_path, rows)], WEEK)
    assert found == {(1, "0", 0), (1, "1", 0), (1, "4", 0), (2, "0", 0)}


def test_an_experiment_counts_what_came_after_the_first_arm(tmp_path):
    exposed, bought = "Experiment Viewed", "Order Completed"
    rows = [
        (1, exposed, AT, 1, 0),
        (1, exposed, AT + 9, 1, 0),
        (1, bought, AT + 10, 1, 0),
        (2, bought, AT, 1, 0),
        (2, exposed, AT + 1, 1, 0),
        (3, exposed, AT, 1, 0),
        (4, bought, AT, 1, 0),
    ]
    asked = release(
        '"experiment"\nexperiment = "e"\narms = ["on", "off"]\nsuccess = "Order Completed"\nnoise = 3.0'
    )
    files = [
        cube(
            tmp_path,
            rows,
            experiment_id=["e", "e", None, None, "e", "other", None],
            variation_id=["on", "off", None, None, "off", "on", None],
        )
    ]
    assert prepared(tmp_path, asked, files) == {(1, "on|shown", 0), (1, "on|reached", 0), (2, "off|shown", 0)}


SHAPES = [
    ('"people"\nnoise = 1.0', "day"),
    ('"people"\nlaw = "laplace"\nnoise = 2.0', "day"),
    ('"total"\nof = "amount"\nmost_each = 5\nnoise = 9.0\nnoise_people = 3.0', "day"),
    ('"total"\nlaw = "laplace"\nof = "amount"\nmost_each = 5\nnoise = 30.0\nnoise_people = 6.0', "day"),
    ('"mean"\nof = "events"\nmost_each = 5\nnoise = 9.0\nnoise_people = 3.0', "day"),
    ('"quantiles"\nof = "events"\nmost_each = 99\nshares = [0.5]\nnoise = 1.0', "day"),
    ('"histogram"\nof = "events"\nedges = [2]\nnoise = 1.0', "day"),
    ('"by_keys"\nby = "category"\nkeys = ["a"]\nmost_keys = 1\nnoise = 3.0', "day"),
    ('"by_found_keys"\nby = "category"\nmost_keys = 2\nnoise = 3.0\nthreshold = 20', "day"),
    ('"by_found_keys"\nlaw = "laplace"\nby = "category"\nmost_keys = 2\nnoise = 6.0\nthreshold = 60', "day"),
    ('"funnel"\nsteps = ["A", "B"]\nnoise = 1.0', "day"),
    ('"retention"\nnoise = 3.0', "week"),
    ('"late"\nnoise = 3.0', "week"),
    ('"experiment"\nexperiment = "e"\narms = ["on", "off"]\nsuccess = "B"\nnoise = 3.0', "day"),
    ('"consents"\npurposes = ["analytics", "recommendations"]\nnoise = 3.0', "day"),
]


@pytest.mark.parametrize(("shape", "window"), SHAPES, ids=[shape.split('"')[1] for shape, _ in SHAPES])
def test_people_in_shares_come_to_the_same_table(tmp_path, monkeypatch, shape, window):
    asked = release(shape, window)
    rows = [(n % 90 * (-1) ** n, "AB"[n // 90 % 2], AT + n, 1, n % 7) for n in range(300)]
    fields = {name: [f"{n % 5}" for n in range(300)] for name in fields_of(asked)}
    files = [cube(tmp_path, rows, **fields)]
    whole = prepared(tmp_path, asked, files, DAY if window == "day" else WEEK)
    monkeypatch.setattr(preparing, "ROWS_AT_ONCE", 40)
    assert prepared(tmp_path, asked, files, DAY if window == "day" else WEEK) == whole
    assert list(tmp_path.glob("table-*")) == [], "shares do not stay"


@pytest.mark.parametrize(("shape", "window"), SHAPES, ids=[shape.split('"')[1] for shape, _ in SHAPES])
def test_every_shape_is_measured_also_of_nobody_and_costs_what_the_hand_says(tmp_path, shape, window):
    asked = release(shape, window)
    measurement, plan = measurement_of(plan_of(asked)), plan_of(asked)
    assert measurement.loss.micro_rho == pytest.approx(plan.rho * 1e6, rel=1e-6, abs=1)
    assert (measurement.loss.femto_delta > 0) == (getattr(plan, "threshold", None) is not None)
    for rows in ([], [(n, "A", AT, 1 + n % 7, 100) for n in range(300)]):
        files = [cube(tmp_path, rows, **{name: [None] * len(rows) for name in fields_of(asked)})]
        prepare(asked, DAY if window == "day" else WEEK, files, tmp_path / "table")
        measured = measurement.run(tmp_path / "table", reserved=measurement.loss)
        body = body_of(asked, DAY, measured, measurement.loss, measurement.epsilon)
        assert b'"figures":[' in body
        assert asked.__struct_config__.tag.encode() in body
