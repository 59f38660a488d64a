"""Whose values may not be what they were: who did something since, or for whom time alone makes a difference from a moment on.

So a group of thousands is looked at for the few of its members about whom there is something new.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable

_SPARE = 64
"""Entries that nobody needs, before they are cleared away."""


class LookingAgain:
    """The members of one group that are to be looked at again. Lives on the event loop; no locks."""

    def __init__(self, members: Iterable[int], let_go: Callable[[int], object] | None = None) -> None:
        """Begin with all of them; `let_go` is told at once of whom what was found before is not to be kept."""
        self._touched = set(members)
        self._let_go = let_go
        self._due: dict[int, int] = {}
        self._heap: list[tuple[int, int]] = []

    def touch(self, slot: int) -> None:
        """Somebody did something, or came, or went."""
        self._touched.add(slot)
        if self._let_go is not None:
            self._let_go(slot)

    def plan(self, slot: int, due: int | None) -> None:
        """From `due` on (unix seconds) time makes a difference for somebody; None if it never does."""
        if due is None:
            self._due.pop(slot, None)
        elif self._due.get(slot) != due:
            self._due[slot] = due
            heapq.heappush(self._heap, (due, slot))
            if len(self._heap) > 2 * len(self._due) + _SPARE:
                self._heap = [(due, slot) for slot, due in self._due.items()]
                heapq.heapify(self._heap)

    def pop(self, at: int) -> list[int]:
        """Whom to look at again at a time (unix seconds), rising; each is told once."""
        found, self._touched = self._touched, set()
        while self._heap and self._heap[0][0] <= at:
            due, slot = heapq.heappop(self._heap)
            if self._due.get(slot) == due:
                del self._due[slot]
                found.add(slot)
        return sorted(found)


class Watch:
    """Hears who did something and who joined or left, and tells those who look at groups."""

    def __init__(self, groups_of: Callable[[int, int], Iterable[str]]) -> None:
        """Nobody looks yet; a person (purpose, slot) is in `groups_of`."""
        self._groups_of = groups_of
        self._looking: dict[str, list[LookingAgain]] = {}

    def add(self, group: str, looking: LookingAgain) -> None:
        """Tell about a group from now on."""
        self._looking.setdefault(group, []).append(looking)

    def clear(self) -> None:
        """Tell nobody any more: what they found is not used again."""
        self._looking.clear()

    def did(self, bit: int, slot: int) -> None:
        """What is held of a person under a purpose changed."""
        if self._looking:
            for group in self._groups_of(bit, slot):
                self.moved(group, slot)

    def moved(self, group: str, slot: int) -> None:
        """Somebody joined a group, or left it."""
        for looking in self._looking.get(group, ()):
            looking.touch(slot)
