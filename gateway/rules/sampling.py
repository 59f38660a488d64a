"""What an expression comes to on samples of what it reads: so what compares a text with a number is found when it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from privacy import FieldRule, FieldType, Transform
from scoring import EXPRESSION_FAILURES, Expression, Measure, variable_of

_SAMPLES: Mapping[FieldType, Any] = {
    FieldType.STRING: "a",
    FieldType.ID: "a",
    FieldType.STRINGS: ["a"],
    FieldType.NUMBER: 1.5,
    FieldType.INTEGER: 1,
    FieldType.BOOLEAN: True,
    FieldType.TIME: "2026-01-01T00:00:00Z",
    FieldType.PLACE: "a",
}
_OF_FLOATS = frozenset({Measure.ENTROPY, Measure.RATE})
_FACTORS = (1, 7)
"""What the samples of numbers are multiplied with, one try after the other: the first may come to a division by zero."""


def tried_on_samples(expression: Expression, fields: Mapping[str, FieldRule]) -> object:
    """What an expression comes to; None if it cannot be evaluated on any of the samples.

    Args:
        expression: to be tried.
        fields: how the fields that it reads are kept.
    """
    results = (_tried(expression, fields, factor) for factor in _FACTORS)
    return next((each for each in results if each is not None), None)


def _tried(expression: Expression, fields: Mapping[str, FieldRule], factor: int) -> object:
    values: dict[str, Any] = {"now_hour": 12, "now_weekday": factor}
    for name, feature in expression.features.items():
        is_member = feature.measure is Measure.IN_SEGMENT
        values[name] = True if is_member else (1.5 if feature.measure in _OF_FLOATS else 1) * factor
    for name, rule in fields.items():
        sample = "a" if rule.transform is Transform.BUCKET else _SAMPLES[rule.kind]
        is_number = isinstance(sample, int | float) and not isinstance(sample, bool)
        values[variable_of(name)] = sample * factor if is_number else sample
    try:
        return expression.evaluate(values)
    except EXPRESSION_FAILURES:
        return None
