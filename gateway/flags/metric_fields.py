"""Which fields a metric can add up, and the number that each of their values counts for.

A field that the policy keeps as a range counts as the middle of it, and an open range as its one bound: every arm alike, so arms
stay comparable. Texts, places and what lies in lists or in objects are no numbers: a metric of them would be 0 for ever.
"""

from __future__ import annotations

from collections.abc import Mapping

from consent import Policy
from privacy import FieldRule, FieldType, number_of_bucket

_NUMBERS = (FieldType.NUMBER, FieldType.INTEGER)


class MetricFields:
    """The fields of a purpose that are numbers, or ranges of them."""

    def __init__(self, policy: Policy, purpose: str) -> None:
        """Look at what `policy` lets `purpose` see; an unknown purpose sees nothing."""
        found = policy.purpose(purpose)
        events: Mapping[str, tuple[FieldRule, ...]] = {} if found is None else found.fields.events
        self._summable = {
            (event, rule.path)
            for event, rules in events.items()
            for rule in rules
            if rule.kind in _NUMBERS and rule.condition is None and not set(".[") & set(rule.path)
        }

    def can_add_up(self, event: str, field: str) -> bool:
        """Whether a metric of this field can be anything but 0."""
        return (event, field) in self._summable

    def number_of(self, event: str, field: str, value: object) -> float | None:
        """What a value counts for; None if it is no number."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        if isinstance(value, str) and self.can_add_up(event, field):
            return number_of_bucket(value)
        return None
