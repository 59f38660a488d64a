"""Who does not belong to a group any more leaves it before a rule looks at it: neither counted nor acted on for having belonged.

Looked at are the members of whom something came since, and those for whom a moment has come at which time alone may make a
difference; and only for rules that may hold (one with a group holds for its members only).
"""

from __future__ import annotations

from collections.abc import Iterable

from scoring.rules.conditions import Conditions
from scoring.rules.effects import Effect
from scoring.rules.looking_again import LookingAgain
from scoring.rules.memory import RuleMemory
from scoring.rules.model import Definitions, Rule, Segment
from scoring.rules.moving import Moving
from scoring.rules.segment_order import closure


class Leaving:
    """Lets people leave groups."""

    def __init__(self, memory: RuleMemory, moving: Moving, conditions: Conditions) -> None:
        """Look at members in `memory` by `conditions`, and move them by `moving`."""
        self._memory = memory
        self._moving = moving
        self._conditions = conditions
        self._definitions = Definitions()
        self._looking: dict[str, LookingAgain] = {}

    def begin(self, definitions: Definitions) -> None:
        """Go by these definitions from now on."""
        self._definitions = definitions
        self._looking.clear()

    def of_rules(self, rules: Iterable[Rule], slot: int, now: int) -> list[Effect]:
        """Bring the groups of rules up to date in which a person is."""
        groups = {rule.group for rule in rules if rule.group is not None}
        theirs = [group for group in sorted(groups) if self._memory.membership.holds(group, slot)]
        return [left for group in theirs for left in self.of(group, now)]

    def of(self, group: str | None, now: int) -> list[Effect]:
        """Let those leave a group, if there is one, who do not belong to it any more."""
        segment = None if group is None else self._definitions.segments.get(group)
        if segment is None or not segment.drifts:
            return []
        looking = self._looking.get(segment.id)
        if looking is None:
            looking = self._looking[segment.id] = LookingAgain(self._memory.membership.of(segment.id))
            self._memory.watch.add(segment.id, looking)
        return [effect for slot in looking.pop(now) for effect in self._look(segment, slot, now, looking)]

    def _look(self, segment: Segment, slot: int, now: int, looking: LookingAgain) -> list[Effect]:
        if not self._memory.membership.holds(segment.id, slot):
            looking.plan(slot, None)
            return []
        present = self._moving.present(segment.bit, slot, now)
        read = [each for each in closure(segment.id, self._definitions.segments) if each.when is not None]
        moved = self._moving.look(read, present, now)
        changes = [self._conditions.next_change(each.when, present) for each in read if each.when is not None]
        looking.plan(slot, min((each for each in changes if each is not None), default=None))
        return moved
