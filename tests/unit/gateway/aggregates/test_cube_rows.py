"""What one signal adds to the cube, hostile ones included."""

from __future__ import annotations

import math

import pytest

from gateway.aggregates.cube_rows import MAX_LINES, add, rows_of
from gateway.routing import RoutedSignal
from privacy import SubjectRef

AT = 1_795_219_200 + 3600 * 14 + 60


def signal(**attributes: object) -> RoutedSignal:
    return RoutedSignal(0, 0, SubjectRef(b"a" * 16), "Order Completed", AT, attributes, "analytics", 0, 0, AT)


def found(*fields: str, **attributes: object) -> list[tuple[tuple[str | None, ...], list[int]]]:
    return [(key[4], amounts) for key, amounts in rows_of(signal(**attributes), fields, 7)]


def test_an_event_counts_once_with_its_money():
    assert found("category", category="cups", revenue=49.9) == [(("cups",), [AT, 1, 1, 4990])]


def test_only_the_first_line_of_an_order_is_the_event():
    lines = [{"product_id": "a"}, {"product_id": "b"}]
    assert found("product_id", products=lines, revenue=10) == [
        (("a",), [AT, 1, 1, 1000]),
        (("b",), [AT, 0, 1, 0]),
    ]
    assert found(products=lines, revenue=10) == [((), [AT, 1, 1, 1000])]


def test_a_long_order_is_cut():
    assert len(found("product_id", products=[{"product_id": str(n)} for n in range(500)])) == MAX_LINES


@pytest.mark.parametrize("value", [None, True, "10", math.nan, math.inf, -1, -0.01, 1e30, [], {}, 10**40])
def test_what_is_no_money_counts_nothing(value):
    assert found(revenue=value) == [((), [AT, 1, 1, 0])]


@pytest.mark.parametrize("value", [None, True, 1.5, [], {}])
def test_what_is_no_text_is_no_key(value):
    assert found("category", category=value) == [((None,), [AT, 1, 1, 0])]


@pytest.mark.parametrize("lines", ["x", [], [1, None], {}])
def test_lines_that_are_none_leave_the_event(lines):
    assert len(found("product_id", products=lines)) == 1


def test_sums_stay_within_what_a_number_holds():
    row = [9, 1, 1, 10**12]
    add(row, [5, 1, 1, 10**12])
    assert row == [5, 2, 2, 10**12]
