"""People join segments and leave them: each move counts at once, and can be taken back."""

from __future__ import annotations

from collections.abc import Iterable

from scoring.rules.conditions import Conditions, Present
from scoring.rules.effects import Effect, EffectKind
from scoring.rules.memory import RuleMemory
from scoring.rules.model import Segment


class Moving:
    """Keeps memberships as their conditions want them."""

    def __init__(self, memory: RuleMemory, conditions: Conditions) -> None:
        """Move people in `memory`."""
        self._memory = memory
        self._conditions = conditions

    def look(self, segments: Iterable[Segment], present: Present, now: int) -> list[Effect]:
        """Bring a person's memberships in these segments up to date.

        Args:
            segments: with conditions.
            present: whose, and as of when.
            now: unix seconds.
        """
        moved = []
        for segment in segments:
            standing = self._memory.look(present.bit, present.slot)
            is_in = standing is not None and segment.id in standing.segments
            belongs = self._conditions.belongs(segment, present)
            if belongs != is_in:
                moved.append(self.move(segment, present.slot, now, joins=belongs))
        return moved

    def present(self, bit: int, slot: int, now: int) -> Present:
        """A person at a time (unix seconds) at which nothing came of them."""
        return Present(bit, slot, max(now, self._memory.traces.of(bit, slot).latest), {}, -1)

    def move(self, segment: Segment, slot: int, now: int, *, joins: bool) -> Effect:
        """Let a person join a segment, or leave it."""
        standing = self._memory.look(segment.bit, slot)
        before = None if standing is None else standing.segments.get(segment.id)
        self.set_member(segment, slot, now if joins else None)
        return Effect(
            kind=EffectKind.JOINED if joins else EffectKind.LEFT,
            source=segment.id,
            bit=segment.bit,
            slot=slot,
            at=now,
            fields={"segment": segment.id},
            undo=lambda: self.set_member(segment, slot, before),
        )

    def set_member(self, segment: Segment, slot: int, since: int | None) -> None:
        """A person is a member since a time (unix seconds), or is not one."""
        standing = self._memory.standing(segment.bit, slot)
        if since is None:
            standing.segments.pop(segment.id, None)
            self._memory.membership.leave(segment.id, slot)
        else:
            standing.segments[segment.id] = since
            self._memory.membership.join(segment.id, slot)
        self._memory.watch.did(segment.bit, slot)  # other segments may ask whether they are in this one
