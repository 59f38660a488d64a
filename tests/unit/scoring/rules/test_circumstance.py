"""Conditions on a question's context: what they say holds, whatever else an app may send there, and nothing else is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring import ExpressionError, Placement, Surroundings

RAIN = Surroundings(when="context.weather == 'rain' && context.local_hour >= 8", category="umbrellas")
HALL = Placement("hall", "recommendations", surroundings=(RAIN,))

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)


@pytest.mark.parametrize(
    ("context", "category"),
    [
        ({"weather": "rain", "local_hour": 9}, "umbrellas"),
        ({"weather": "rain", "local_hour": 9.5}, "umbrellas"),
        ({"weather": "rain", "local_hour": 7}, None),
        ({"weather": "snow", "local_hour": 9}, None),
        ({"weather": "rain"}, None),
        ({"weather": "rain", "local_hour": "9"}, None),
        ({"weather": ["rain"], "local_hour": 9}, None),
        ({"weather": "rain", "local_hour": 10**400}, None),
        ({}, None),
    ],
)
def test_a_placement_is_another_where_the_condition_holds(
    context: dict[str, object], category: str | None
) -> None:
    assert HALL.amid(context).category == category


@given(weather=ANYTHING, hour=ANYTHING)
def test_whatever_an_app_sends_the_answer_is_a_placement(weather: object, hour: object) -> None:
    found = HALL.amid({"weather": weather, "local_hour": hour})
    assert found.category in {None, "umbrellas"}


@pytest.mark.parametrize(
    "text",
    ["", "true", "1 + 1", "context", "context.a.b", "event.a == 1", "now.hour > 3 && context.a == 1", "context.a ==",
     'count("Product Viewed", 5) > 1 && context.a == 1', "context.a.matches('x')", "context.a == '" + "x" * 1000 + "'"],
)  # fmt: skip
def test_what_is_no_condition_on_a_context_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        Surroundings(when=text)
