"""Conditions: what they may read is found, what they may not say is refused, and no text is ever run."""

from __future__ import annotations

import cel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring import ExpressionError, Feature, Measure, compile_expression
from scoring.rules.cel_words import FAILURES, MAX_CHARACTERS
from scoring.rules.expression import variable_of


def test_what_it_reads_is_found_and_told_apart() -> None:
    read = compile_expression(
        'count("Product Viewed", 300, "category") > 3 && event.category != "hats" '
        '|| count("Product Viewed", 300, "category") < 1 || now.hour > 6 && rate("Click", "View") > 0.5'
    )
    assert set(read.features.values()) == {
        Feature(Measure.COUNT, "Product Viewed", 300, "category"),
        Feature(Measure.RATE, "Click", of="View"),
    }
    assert read.fields == {"category"}
    assert read.reads_clock


def test_a_feature_said_twice_is_one_variable() -> None:
    read = compile_expression('total("a") > 1 && total("a") < 5 && total("b") == 0')
    values = {name: 3 if feature.event == "a" else 0 for name, feature in read.features.items()}
    assert len(values) == 2
    assert read.evaluate(values) is True


@pytest.mark.parametrize(
    ("text", "values", "result"),
    [
        ('event.category == "hats"', {"category": "hats"}, True),
        ("event.n in [1, 2]", {"n": 2}, True),
        ('event.name.startsWith("pri")', {"name": "pricing"}, True),
        ("event.n / 2 == 3", {"n": 7}, True),
        ("event.n // 2 == 3", {"n": 7}, None),
        ("size(event.name) > 3 ? false : true", {"name": "abcd"}, False),
        ("event.name == 'it''s'", {}, None),
        ("event.name == 'single'", {"name": "single"}, True),
    ],
)
def test_fields_become_flat_variables(text: str, values: dict[str, object], result: bool | None) -> None:
    if result is None:
        with pytest.raises(ExpressionError):
            compile_expression(text)
        return
    flat = {variable_of(name): value for name, value in values.items()}
    assert compile_expression(text).evaluate(flat) is result


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "event",
        "event.a.b == 1",
        "now.year > 1",
        "__import__('os')",
        'count("a")',
        'count("a", 0) > 1',
        'count("a", 99999999) > 1',
        'count("a", 1.5) > 1',
        'count("a", event.n) > 1',
        'count("a", "b") > 1',
        'count("", 5) > 1',
        'in_segment("a", "b")',
        "count",
        "[1].all(x, x > 0)",
        "[1].map(x, x)",
        'matches("a", "b")',
        '"a".matches("a+")',
        "{'a': 1} == {}",
        "feature_0 > 1",
        "event_f_a > 1",
        'duration("1s") > duration("2s")',
        "1 ; 2",
        "event.a == `b`",
        "((((((((((((((((((1))))))))))))))))) == 1",
        " || ".join(f'total("{n}") > 1' for n in range(17)),
        "1 == 1 || " * (MAX_CHARACTERS // 10 + 1) + "true",
    ],
)
def test_what_a_condition_may_not_say_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        compile_expression(text)
    assert "import" not in str(refused.value)


@given(st.text(alphabet="event.now()\"'count, 0123abc<>=!&|[]+-*/%?:{}in", max_size=60))
def test_any_text_is_an_expression_or_is_refused(text: str) -> None:
    try:
        read = compile_expression(text)
    except ExpressionError:
        return
    values = dict.fromkeys([*read.features, *(variable_of(each) for each in read.fields)], 1)
    try:
        read.evaluate({**values, "now_hour": 1, "now_weekday": 1})
    except FAILURES:
        return
    assert isinstance(read.program, cel.Program)
