"""What came of a decision, joined to it: the person who was shown something answers something that was shown, in time, once.

Everything else is refused and counted: an outcome that names another person's decision, one that comes too late or early, one
that was counted before, one about an item that was not shown. Only what the person let be learnt from is here at all; it goes
when they no longer do.

All of it follows from the log (decisions, then the outcomes that name them), so a replay leads to the same state.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from enum import StrEnum

import msgspec

COARSEST_SECONDS = 3600
"""Outcomes are as exact as the purpose may know the time: an hour, at most."""


class Joined(StrEnum):
    """What becomes of an outcome that names a decision."""

    JOINED = "joined"
    """It was new, and it counts."""
    LATE = "late"
    """Outside the time in which it would count."""
    DUPLICATE = "duplicate"
    """The same of the same item of the same decision was counted before."""
    FOREIGN = "foreign"
    """Another person's decision."""
    NOT_SHOWN = "not_shown"
    """The item was not in the slate."""
    UNKNOWN = "unknown"
    """No decision that waits for outcomes: never made, of a placement that does not learn, or forgotten."""


class WaitingDecision(msgspec.Struct, array_like=True, gc=False):
    """A decision of which something may still come."""

    index: int
    """Its entry in the log."""
    slot: int
    """Whom it was about."""
    at: int
    """When (unix seconds)."""
    placement: str
    """The placement it was shown in."""
    items: list[int]
    """What was shown, by item index."""
    counted: list[str] = []
    """What came of it: item and kind."""


class WaitingDecisions:
    """The decisions of the last while, of people whom we may learn from."""

    def __init__(
        self, *, window_seconds: int, max_decisions: int, settle: Callable[[str, bool], None]
    ) -> None:
        """Let decisions wait; `settle` learns, when one has waited, of which placement it was and whether anything came."""
        self._window = window_seconds
        self._max = max_decisions
        self._settle = settle
        self._waiting: dict[int, WaitingDecision] = {}
        self._of_slot: dict[int, set[int]] = {}
        self._settled_before = 0
        self.counts: Counter[Joined] = Counter()
        """What became of outcomes that named a decision."""

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def add(self, decision: WaitingDecision) -> None:
        """Let a decision wait; those whose time is over do so no longer. Call it in the order of the log."""
        self._waiting[decision.index] = decision
        self._of_slot.setdefault(decision.slot, set()).add(decision.index)
        oldest_wanted = decision.at - self._window - COARSEST_SECONDS
        while self._waiting:
            oldest = next(iter(self._waiting.values()))
            if oldest.at >= oldest_wanted and len(self._waiting) <= self._max:
                break
            self._remove(oldest)
            self._settled_before = oldest.index + 1
            self._settle(oldest.placement, bool(oldest.counted))

    def join(self, slot: int, index: int | None, item: int, at: int, kind: str) -> Joined:
        """Join an outcome to the decision that it names.

        Args:
            slot: who did it.
            index: the decision's entry; None if we never gave that name.
            item: about what.
            at: when (unix seconds), perhaps rounded down to the hour.
            kind: what it is; each kind counts once an item.
        """
        found = self._judge(slot, index, item, at, f"{item}:{kind}")
        self.counts[found] += 1
        return found

    def forget(self, slot: int) -> None:
        """A person's decisions wait for nothing any more."""
        for index in self._of_slot.pop(slot, ()):
            del self._waiting[index]

    def drop_until(self, slot: int, at: int) -> None:
        """A person's decisions of `at` or before (unix seconds) wait for nothing any more."""
        for index in [index for index in self._of_slot.get(slot, ()) if self._waiting[index].at <= at]:
            self._remove(self._waiting[index])

    def waiting(self) -> list[WaitingDecision]:
        """All of them, the oldest first."""
        return list(self._waiting.values())

    def placement_of(self, index: int) -> str:
        """Where a decision that waits was shown."""
        return self._waiting[index].placement

    @property
    def join_rate(self) -> float:
        """The share of outcomes naming a decision that were joined to it; 1 while there were none."""
        total = self.counts.total()
        return self.counts[Joined.JOINED] / total if total else 1.0

    def _judge(self, slot: int, index: int | None, item: int, at: int, what: str) -> Joined:
        decision = None if index is None else self._waiting.get(index)
        if decision is None:
            was_here = index is not None and index < self._settled_before
            return Joined.LATE if was_here else Joined.UNKNOWN
        if decision.slot != slot:
            return Joined.FOREIGN
        if item not in decision.items:
            return Joined.NOT_SHOWN
        if not decision.at - COARSEST_SECONDS < at <= decision.at + self._window:
            return Joined.LATE
        if what in decision.counted:
            return Joined.DUPLICATE
        decision.counted.append(what)
        return Joined.JOINED

    def _remove(self, decision: WaitingDecision) -> None:
        del self._waiting[decision.index]
        own = self._of_slot[decision.slot]
        own.discard(decision.index)
        if not own:
            del self._of_slot[decision.slot]
