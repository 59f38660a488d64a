"""Who does not belong to a group any more leaves it before a rule looks at it: neither counted nor acted on for having belonged.

It costs one condition for each member, so it is done for rules that may hold (one with a group holds for its members only), and
once a second, as people leave by time alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from scoring.rules.effects import Effect
from scoring.rules.memory import RuleMemory
from scoring.rules.model import Definitions, Rule
from scoring.rules.moving import Moving
from scoring.rules.segment_order import closure


class Leaving:
    """Lets people leave groups."""

    def __init__(self, memory: RuleMemory, moving: Moving) -> None:
        """Look at members in `memory`, and move them by `moving`."""
        self._memory = memory
        self._moving = moving
        self._definitions = Definitions()
        self._looked_at: dict[str, int] = {}

    def begin(self, definitions: Definitions) -> None:
        """Go by these definitions from now on."""
        self._definitions = definitions
        self._looked_at.clear()

    def of_rules(self, rules: Iterable[Rule], slot: int, now: int) -> list[Effect]:
        """Bring the groups of rules up to date in which a person is."""
        groups = {rule.group for rule in rules if rule.group is not None}
        theirs = [group for group in sorted(groups) if self._memory.membership.holds(group, slot)]
        return [left for group in theirs for left in self.of(group, now)]

    def of(self, group: str | None, now: int) -> list[Effect]:
        """Let those leave a group, if there is one, who do not belong to it any more."""
        segment = None if group is None else self._definitions.segments.get(group)
        if segment is None or not segment.drifts or self._looked_at.get(segment.id) == now:
            return []
        self._looked_at[segment.id] = now
        read = closure(segment.id, self._definitions.segments)
        look_at = [each for each in read if each.when is not None]
        return [
            effect
            for slot in self._memory.membership.of(segment.id)
            for effect in self._moving.look(look_at, self._moving.present(segment.bit, slot, now), now)
        ]
