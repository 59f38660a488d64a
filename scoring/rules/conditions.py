"""Whether a condition holds for a person at a moment: the values of what it reads, then the expression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from scoring.features import Feature, Measure, next_change
from scoring.features.trace import value_of
from scoring.rules.cel_words import FAILURES
from scoring.rules.expression import Expression, variable_of
from scoring.rules.memory import RuleMemory
from scoring.rules.model import Rule, Segment
from scoring.rules.together import Together

_CLOCK_STEP = 900
"""Seconds; an hour begins at a multiple of it in every zone."""


@dataclass(frozen=True, slots=True)
class Present:
    """The moment at which conditions are looked at."""

    bit: int
    """The bit of the purpose."""
    slot: int
    """The slot of the person."""
    at: int
    """When (unix seconds)."""
    fields: Mapping[str, Any]
    """Of the present event."""
    item: int
    """Of the present event; below 0 for none."""


class Conditions:
    """Evaluates conditions over what is remembered."""

    def __init__(self, memory: RuleMemory, zone: tzinfo) -> None:
        """Evaluate over `memory`, by the clock of `zone`."""
        self._memory = memory
        self._zone = zone
        self._together = Together(memory.traces, memory.membership, memory.watch)

    def begin(self) -> None:
        """Definitions changed: groups are counted anew."""
        self._together.begin()

    def holds(self, rule: Rule, present: Present) -> bool | None:
        """Whether a rule's condition holds; None if it cannot be evaluated."""
        return self._evaluate(rule.when, present, rule.group)

    def belongs(self, segment: Segment, present: Present) -> bool:
        """Whether a person belongs to a segment that has a condition."""
        return segment.when is not None and self._evaluate(segment.when, present, None) is True

    def next_change(self, when: Expression, present: Present) -> int | None:
        """From when on (unix seconds) a condition may say something else of a person of whom nothing comes; None: never."""
        trace = self._memory.traces.of(present.bit, present.slot)
        moments = [
            next_change(feature, trace, present.at, when.compared.get(name))
            for name, feature in when.features.items()
        ]
        if when.reads_clock:
            moments.append(present.at - present.at % _CLOCK_STEP + _CLOCK_STEP)
        return min((each for each in moments if each is not None), default=None)

    def value(self, of: Expression, present: Present) -> bool | int | float | str | None:
        """The value of an expression; None if it has none that is simple."""
        result = self._result(of, present, None)
        return result if isinstance(result, bool | int | float | str) else None

    def _evaluate(self, when: Expression, present: Present, group: str | None) -> bool | None:
        if group is not None and not self._is_member(group, present):
            return False
        result = self._result(when, present, group)
        return result if type(result) is bool else None

    def _result(self, when: Expression, present: Present, group: str | None) -> object:
        values: dict[str, Any] = {}
        for field in when.fields:
            value = present.fields.get(field)
            if value is None:
                return None
            values[variable_of(field)] = value
        if when.reads_clock:
            moment = datetime.fromtimestamp(present.at, self._zone)
            values |= {"now_hour": moment.hour, "now_weekday": moment.isoweekday()}
        for name, feature in when.features.items():
            values[name] = self._value(feature, present, group)
        try:
            return when.evaluate(values)
        except FAILURES:
            return None

    def _value(self, feature: Feature, present: Present, group: str | None) -> object:
        if feature.measure is Measure.IN_SEGMENT:
            return self._is_member(feature.event, present)
        field = value_of(present.fields, feature.field) if feature.reads_present_value else None
        traces = self._memory.traces
        if group is None:
            return traces.value(feature, present.bit, present.slot, present.at, field, present.item)
        return self._together.value(feature, present.bit, group, present.at, field)

    def _is_member(self, segment: str, present: Present) -> bool:
        standing = self._memory.look(present.bit, present.slot)
        return standing is not None and segment in standing.segments
