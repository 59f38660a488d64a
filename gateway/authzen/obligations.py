"""What a service must do with a permission: keep no more of the data than the purpose may see.

An obligation that a service does not understand is a denial to it: so they are off unless the settings say otherwise.

Source: AuthZEN obligations profile (draft of July 2026): objects of `id`, `type` and `properties` under
`context.obligations`; GDPR art. 5(1)(c).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from consent import Policy
from privacy import FieldRule

MINIMISE = "minimise"
PROFILE = "volens-minimise-1"
"""The form of the properties below."""


class Obligations:
    """The obligations of every purpose of a policy."""

    def __init__(self, policy: Policy) -> None:
        """Read them from `policy`."""
        self._policy = policy
        self._of = lru_cache(maxsize=4096)(self._make)

    def of(self, purpose: str, mask: int) -> list[dict[str, Any]]:
        """What goes with a permission.

        Args:
            purpose: an id of the policy.
            mask: the bits of what the person permits, conditions among them.
        """
        return self._of(purpose, mask & self._policy.conditions_mask)

    def _make(self, purpose: str, conditions: int) -> list[dict[str, Any]]:
        found = self._policy.purpose(purpose)
        if found is None:
            return []
        bits = self._policy.bits
        events = {
            event: {
                rule.path: _described(rule)
                for rule in rules
                if rule.condition is None or conditions >> bits[rule.condition] & 1
            }
            for event, rules in found.fields.events.items()
        }
        properties = {
            "profile": PROFILE,
            "purpose": found.id,
            "version": found.version,
            "time_granularity_seconds": found.time_granularity_seconds,
            "retention_days": found.retention_days,
            "events": events,
        }
        return [{"id": MINIMISE, "type": "custom", "properties": properties}]


def _described(rule: FieldRule) -> dict[str, Any]:
    return {
        "type": rule.kind.value,
        "max_length": rule.max_length,
        "transform": rule.transform.value,
        "arguments": list(rule.arguments),
    }
