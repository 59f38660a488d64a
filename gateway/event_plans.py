"""Which purposes take what of an event: found out once for each kind of event, and from then on looked up."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from consent import Policy
from privacy import EventFields

Kind = tuple[str, int, int]
"""An event's name, the purposes that may see it (bits), and the conditions that its person has given (bits)."""

Step = tuple[int, EventFields, int, bool, bool, int]
"""What one purpose takes of one event: its bit, the fields, how finely it may know the time (seconds), whether that is
exactly what the step before it takes, whether anybody in this process learns from it, and the event's code."""


class EventPlans(dict[Kind, tuple[Step, ...]]):
    """The steps of each kind of event, planned when they are first looked up.

    At most a few hundred plans exist: events x sets of purposes x sets of conditions.
    """

    def __init__(self, policy: Policy, codes: Mapping[str, int], wanted: Callable[[int], bool]) -> None:
        """Plan by `policy`; an event's code is that of `codes`, and `wanted` says whether anybody learns from a purpose."""
        super().__init__()
        self._policy = policy
        self._codes = codes
        self._wanted = wanted

    def __missing__(self, kind: Kind) -> tuple[Step, ...]:
        """Plan a kind of event now."""
        found = self[kind] = self._plan(*kind)
        return found

    def _plan(self, name: str, bits: int, conditions: int) -> tuple[Step, ...]:
        """Which purposes take what of an event; those that take the same are neighbours."""
        taken = []
        for purpose in self._policy.purposes:
            if bits >> purpose.bit & 1:
                rules = [
                    repr(rule)
                    for rule in purpose.fields.events[name]
                    if rule.condition is None or conditions >> self._policy.bits[rule.condition] & 1
                ]
                granularity = purpose.time_granularity_seconds
                taken.append((sorted(rules), granularity, purpose.bit, purpose.fields_for(conditions)[name]))
        taken.sort(key=lambda each: each[:3])
        steps = []
        for position, (rules, granularity, bit, fields) in enumerate(taken):
            alike = position > 0 and (rules, granularity) == taken[position - 1][:2]
            steps.append((bit, fields, granularity, alike, self._wanted(bit), self._codes.get(name, 0)))
        return tuple(steps)
