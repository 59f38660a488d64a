"""The members of each segment, by slot. What a person is in stands with the person; this is the same the other way round."""

from __future__ import annotations

from collections.abc import Callable, Iterable

MIN_COHORT = 20
"""Of a segment with fewer members nothing is told but that it is small."""


class Membership:
    """Lives on the event loop; no locks."""

    def __init__(self, moved: Callable[[str, int], None] = lambda _segment, _slot: None) -> None:
        """Begin with no members; `moved` is told who (slot) joined or left which segment."""
        self._moved = moved
        self._members: dict[str, set[int]] = {}

    def join(self, segment: str, slot: int) -> None:
        """Somebody is a member from now on."""
        self._members.setdefault(segment, set()).add(slot)
        self._moved(segment, slot)

    def leave(self, segment: str, slot: int) -> None:
        """Note that somebody is a member no longer."""
        members = self._members.get(segment)
        if members is not None:
            members.discard(slot)
            if not members:
                del self._members[segment]
            self._moved(segment, slot)

    def leave_all(self, segments: Iterable[str], slot: int) -> None:
        """Somebody is a member of none of these any more."""
        for segment in list(segments):
            self.leave(segment, slot)

    def holds(self, segment: str, slot: int) -> bool:
        """Whether somebody is a member."""
        return slot in self._members.get(segment, ())

    def of(self, segment: str) -> list[int]:
        """The members' slots, rising."""
        return sorted(self._members.get(segment, ()))

    def size(self, segment: str, *, least: int = MIN_COHORT) -> int | None:
        """How many members there are; None if they are fewer than `least`."""
        n = len(self._members.get(segment, ()))
        return n if n >= least else None
