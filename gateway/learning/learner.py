"""What decisions and their outcomes taught, per placement: kept while the person permits it, forgotten exactly.

- A consumer of `model-improvement`: it sees outcomes only of people who permit that, and forgets a person at once when they no
  longer do, or when they no longer permit what the placement stands on.
- Durable is only the log: decisions are relived from their sealed evidence, outcomes from their sealed signals, in their order;
  a snapshot spares the beginning. Alarms of drift begin anew with the process: the windows are of rates, not of people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import msgspec

from gateway.learning.joining import Joined, WaitingDecision, WaitingDecisions
from gateway.learning.placements import LearningPlace, LearningPlan
from scoring import AdaptiveWindow, DrawnSlate, Posterior, ShownSlate

if TYPE_CHECKING:
    from scoring.permitted import PermittedSignals

OUTCOME_FIELD = "decision_id"
"""The property of an event that names the decision it comes of; an allow-list must let it through."""

_CLICKS = frozenset(("Product Clicked", "Product Viewed"))

SlotNow = Callable[[int, int], int]
"""(purpose bit, slot in the snapshot) -> the slot now, below 0 if the person is unknown or permits the purpose no more."""


class _Kept(msgspec.Struct, array_like=True):
    slates: dict[str, list[tuple[int, int, ShownSlate]]]
    waiting: list[WaitingDecision]


class OutcomeLearner:
    """Knows what was shown and what came of it. Lives on the event loop."""

    def __init__(
        self,
        plan: LearningPlan,
        *,
        bits: dict[str, int],
        training_bit: int | None,
        index_of: Callable[[str], int | None],
        is_disputed: Callable[[int, int], bool],
        reset_at: Callable[[int], int],
    ) -> None:
        """Learn for the configured placements.

        Args:
            plan: which, and how.
            bits: the purpose that each of them stands on.
            training_bit: the purpose that learning stands on; None if the policy has it not: then nothing is learnt.
            index_of: a decision's name to its entry.
            is_disputed: whether a person does not want an item of theirs to be used.
            reset_at: up to when nothing of a person counts (unix seconds).
        """
        self.placements: dict[str, LearningPlace] = {each.id: each for each in plan.places}
        """Those that learn."""
        self.training_bit = training_bit
        """The purpose that learning stands on."""
        self.window_seconds = plan.window_seconds
        """How long after a decision something can still come of it."""
        self.departures = 0
        """How often something of somebody ceased to teach."""
        self.drift_alarms = 0
        """How often a rate has changed."""
        self._bits = bits
        self._index_of = index_of
        self.on_drift: Callable[[str], object] = lambda _: None
        """Learns of a placement whose rate of outcomes has changed."""
        self._is_disputed = is_disputed
        self._reset_at = reset_at
        self._posteriors = {name: Posterior() for name in self.placements}
        self._windows = {name: AdaptiveWindow(plan.drift_delta) for name in self.placements}
        self.decisions = WaitingDecisions(
            window_seconds=plan.window_seconds,
            max_decisions=plan.max_decisions,
            settle=self._settle,
        )
        """Those of which something may still come."""

    @property
    def bits(self) -> set[int]:
        """The purposes that the placements stand on."""
        return set(self._bits.values())

    def permitted(self, placement: str, mask: int) -> bool:
        """Whether somebody who permits `mask` lets what was shown there be learnt from."""
        bit, training = self._bits.get(placement), self.training_bit
        return bit is not None and training is not None and bool(mask >> bit & mask >> training & 1)

    def posterior(self, placement: str) -> Posterior:
        """What is known for a placement that learns."""
        return self._posteriors[placement]

    def people(self) -> int:
        """How many people teach."""
        return len({slot for known in self._posteriors.values() for slot, _, _ in known.slates()})

    def has_answered(self, slot: int) -> bool | None:
        """Whether a person answered anything that they were shown and let be learnt from; None if they were shown nothing."""
        known = [
            found for each in self._posteriors.values() if (found := each.has_answered(slot)) is not None
        ]
        return any(known) if known else None

    def shown(
        self, slot: int, index: int, at: int, placement: str, items: list[int], drawn: DrawnSlate
    ) -> None:
        """A person who lets us learn was shown a slate; call it in the order of the log."""
        if placement not in self.placements or at <= self._reset_at(slot):
            return
        self.decisions.add(WaitingDecision(index, slot, at, placement, items))
        slate = drawn.to_learn_from(len(items), at)
        if slate is not None:
            self._posteriors[placement].show(slot, index, slate)

    def take(self, signals: PermittedSignals) -> None:
        """Learn from what names a decision."""
        for seen in signals.occurrences:
            name = seen.fields.get(OUTCOME_FIELD)
            if type(name) is not str:
                continue
            index = self._index_of(name)
            kind = "click" if seen.event in _CLICKS else "conversion"
            for item in seen.items:
                if not self._is_disputed(seen.slot, item):
                    self._join(seen.slot, index, item, seen.at, kind)

    def forget(self, slot: int) -> None:
        """Know nothing of a person: exactly as if they had never taught anything."""
        self.departures += 1
        self.decisions.forget(slot)
        for known in self._posteriors.values():
            known.forget(slot)

    def age(self, before: int) -> Iterator[bool]:
        """Know nothing of what was shown before a time (unix seconds); yields after each person whether there was any."""
        self.departures += 1
        for known in self._posteriors.values():
            for slot in known.slots():
                yield known.age(slot, before)

    def drop(self, slot: int, item: int) -> None:
        """What a person answered about an item teaches nothing any more."""
        self.departures += 1
        for known in self._posteriors.values():
            known.drop(slot, item)

    def drop_until(self, slot: int, at: int) -> None:
        """A person wants nothing to count that they were shown at `at` or before (unix seconds)."""
        self.departures += 1
        self.decisions.drop_until(slot, at)
        for known in self._posteriors.values():
            known.age(slot, at + 1)

    def pack(self) -> bytes:
        """All of it, for a snapshot."""
        slates = {name: list(known.slates()) for name, known in self._posteriors.items()}
        return msgspec.msgpack.encode(_Kept(slates, self.decisions.waiting()))

    def restore(self, packed: bytes, slot_now: SlotNow) -> None:
        """Take up what a snapshot kept, of people who still permit it and placements that still learn."""
        kept = msgspec.msgpack.decode(packed, type=_Kept)
        for name, slates in kept.slates.items():
            for slot, key, slate in slates:
                now = self._slot_now(name, slot, slot_now)
                if now >= 0:
                    self._posteriors[name].show(now, key, slate)
        for decision in kept.waiting:
            decision.slot = self._slot_now(decision.placement, decision.slot, slot_now)
            if decision.slot >= 0:
                self.decisions.add(decision)

    def _slot_now(self, placement: str, slot: int, slot_now: SlotNow) -> int:
        if placement not in self.placements or self.training_bit is None:
            return -1
        if slot_now(self._bits[placement], slot) < 0:
            return -1
        return slot_now(self.training_bit, slot)

    def _join(self, slot: int, index: int | None, item: int, at: int, kind: str) -> None:
        if self.decisions.join(slot, index, item, at, kind) is Joined.JOINED and index is not None:
            self._posteriors[self.decisions.placement_of(index)].answer(slot, index, item)

    def _settle(self, placement: str, answered: bool) -> None:
        window = self._windows.get(placement)
        if window is not None and window.update(float(answered)):
            self.drift_alarms += 1
            self.on_drift(placement)
