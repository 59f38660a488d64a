"""Waiting for nothing to happen: an absence begins with one event and ends with any of others, in whatever order they come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from scoring.features import Sort, State
from scoring.rules.memory import RuleMemory
from scoring.rules.model import Rule

if TYPE_CHECKING:
    from scoring.permitted import PermittedOccurrence


class Absences:
    """Starts timers and ends them."""

    def __init__(self, memory: RuleMemory, granularity: Mapping[int, int]) -> None:
        """Keep timers in `memory`; one waits so much longer as its purpose (bit) knows times (seconds) less exactly."""
        self._memory = memory
        self._granularity = granularity

    def begin(self, rule: Rule, bit: int, seen: PermittedOccurrence) -> None:
        """An event came that begins the wait, unless a later one began or ended it already."""
        assert rule.absence is not None
        standing = self._memory.standing(bit, seen.slot)
        _, began = standing.timers.get(rule.id, (0, -1))
        trace = self._memory.traces.of(bit, seen.slot)
        ended = any(
            times and times[-1] > seen.at
            for event in rule.absence.unless
            for times in [trace.seen(State(Sort.TIMES, event))]
        )
        if seen.at >= began and not ended:
            due = seen.at + rule.absence.seconds + self._granularity[bit] - 1
            self._memory.start_timer(bit, seen.slot, rule.id, due, seen.at)

    def end(self, rules: Iterable[Rule], bit: int, seen: PermittedOccurrence) -> None:
        """An event came that ends some waits, if they began before it."""
        standing = self._memory.look(bit, seen.slot)
        if standing is None or not standing.timers:
            return
        for rule in rules:
            if rule.absence is not None and seen.event in rule.absence.unless:
                began = standing.timers.get(rule.id, (0, 0))[1]
                if seen.at >= began:
                    standing.timers.pop(rule.id, None)
