"""Comparisons that come out one way only because counting stops are found, and no others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring import compile_expression
from scoring.features import MAX_TIMES

VIEWS, CARTS = 'count("view", 300)', 'count("cart", 300)'


@pytest.mark.parametrize(
    "text",
    [
        f"{VIEWS} > 1000",
        f"1000 < {VIEWS}",
        f"{VIEWS} <= 1000",
        f"{VIEWS} >= 1001",
        f"{VIEWS} == 1000",
        f"2000 != {VIEWS}",
        f"total('view') > 5000 || !({VIEWS} > 1000)",
        f"-{VIEWS} < -1000",
        f"- - {VIEWS} > 1000",
        f"{VIEWS} + {CARTS} > 2000",
        f"{VIEWS} * 2 - 1 > 2000",
        f"{VIEWS} / 2 > 500",
        f"double({VIEWS}) > 1000.0",
        f"(({VIEWS})) > 1000",
        f"{VIEWS} > 1000 ? true : false",
        f"size([{VIEWS} > 1000 ? 1 : 2]) == 1",
        'session_count("view") > 1000',
        'distinct("view", 300, "category") > 100',
        'entropy("view", 300, "category") >= 6.65',
    ],
)
def test_what_is_beyond_is_found(text: str) -> None:
    assert compile_expression(text).asks_beyond


@pytest.mark.parametrize(
    "text",
    [
        f"{VIEWS} > 999",
        f"{VIEWS} >= 1000",
        f"{VIEWS} < 1000",
        f"{VIEWS} == 999",
        f"{VIEWS} > {CARTS}",
        f"{VIEWS} + {CARTS} > 1999",
        f"{VIEWS} > 3 && event.price > 2000",
        f"{VIEWS} >= 0",
        f"{VIEWS} - event.price > 5000",
        f"{VIEWS} * event.price > 5000",
        f"{VIEWS} / event.quantity > 5000",
        f"event.name == '{'count > 1000'}' && {VIEWS} > 1",
        f"(event.vip ? {VIEWS} : 5) > 2000 || size(event.name) > 2000",
        'total("view") > 5000',
        'seconds_since("view") > 5000',
        "2 > 1000",
        "event.names[0] in ['in', '<']",
    ],
)
def test_what_can_come_out_either_way_is_let_be(text: str) -> None:
    assert not compile_expression(text).asks_beyond


@given(
    st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
    st.integers(-3, 2 * MAX_TIMES + 3),
    st.integers(1, 2),
    st.integers(-2, 2),
)
def test_what_is_found_is_what_more_counting_would_change(
    operator: str, limit: int, times: int, more: int
) -> None:
    """Against brute force: a comparison is found if every count up to the last one kept gives one answer, and a larger one another."""
    text = f"{VIEWS} * {times} + {more} {operator} {limit}"
    program = compile_expression(text)

    def answers(counts: range) -> set[object]:
        return {program.evaluate({"feature_0": n}) for n in counts}

    exact = operator in ("==", "!=")  # of the last count it is not known whether it is more
    kept, beyond = answers(range(MAX_TIMES + (not exact))), answers(range(5 * MAX_TIMES))
    found = len(kept) == 1 and len(beyond) > 1
    if not (exact and times == 2):  # a range does not know that its numbers are even
        assert program.asks_beyond == found, text
