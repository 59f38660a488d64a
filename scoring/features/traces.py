"""Everybody's traces, by purpose and person; and the totals of items over people.

- Forgetting a person takes their trace away whole, and their share out of every total: what is left is what there would be had
  they never been.
- A number about an item is told only if at least `MIN_PEOPLE` people stand behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from scoring.features.declaration import Feature, Measure, Sort, State
from scoring.features.measuring import Value, measure, shrunk_rate
from scoring.features.trace import Packed, Trace, value_of

if TYPE_CHECKING:
    from scoring.permitted import PermittedOccurrence

MIN_PEOPLE = 5
"""Fewer people than this are nobody, where a number is about an item."""


class Traces:
    """Lives on the event loop; no locks."""

    def __init__(self, changed: Callable[[int, int], None] = lambda _bit, _slot: None) -> None:
        """Nobody, and nothing declared; `changed` is told of whose trace (purpose, slot) something changed."""
        self._changed = changed
        self._of: dict[int, dict[int, Trace]] = {}
        self._written_by: dict[tuple[int, str], tuple[State, ...]] = {}
        self._kept: dict[int, frozenset[str]] = {}
        self._totals: dict[tuple[int, str, int], list[int]] = {}
        """(purpose, state, item) -> how often, how many people."""
        self._sums: dict[tuple[int, str], int] = {}

    def declare(self, bit: int, states: Iterable[State]) -> None:
        """Keep these states for a purpose from now on, and no others."""
        declared = frozenset(states)
        self._kept[bit] = frozenset(state.key for state in declared)
        self._written_by = {key: each for key, each in self._written_by.items() if key[0] != bit}
        for event in {state.event for state in declared}:
            self._written_by[bit, event] = tuple(sorted(s for s in declared if s.event == event))
        for trace in self._of.get(bit, {}).values():
            trace.drop(self._kept[bit])
        self._recount(bit)

    def of(self, bit: int, slot: int) -> Trace:
        """A person's trace; an empty one of nobody."""
        return self._of.get(bit, {}).get(slot) or _NOBODY

    def knows(self, bit: int, slot: int) -> bool:
        """Whether anything is held of a person for a purpose."""
        return slot in self._of.get(bit, ())

    def write(
        self,
        bit: int,
        seen: PermittedOccurrence,
        since: Callable[[State], bool] | None = None,
    ) -> bool:
        """Take a permitted signal in. Says whether it came in time.

        `since` leaves out the states that were not declared yet when it happened.
        """
        states = (*self._written_by.get((bit, seen.event), ()), *self._written_by.get((bit, ""), ()))
        if since is not None:
            states = tuple(state for state in states if since(state))
        people = self._of.setdefault(bit, {})
        trace = people.get(seen.slot)
        if trace is None:
            trace = people[seen.slot] = Trace()
        if trace.is_late(seen.at):
            return False
        counted = [state for state in states if state.sort is Sort.ITEMS] if seen.items else []
        keys = {state.key_of(value_of(seen.fields, state.field) or "") for state in counted}
        before = {key: dict(trace.items.get(key, {})) for key in keys}
        trace.write(states, seen.at, seen.items, seen.fields)
        for key in keys:
            self._count(bit, key, before[key], trace.items.get(key, {}))
        self._changed(bit, seen.slot)
        return True

    def forget(self, bit: int, slot: int) -> None:
        """Drop everything of a person for a purpose."""
        trace = self._of.get(bit, {}).pop(slot, None)
        if trace is not None:
            for key, counts in trace.items.items():
                self._count(bit, key, counts, {})
            self._changed(bit, slot)

    def age(self, bit: int, slot: int, before: int) -> bool:
        """Forget what a person did before a time (unix seconds), and their share of it in totals. Says whether there was any."""
        trace = self._of.get(bit, {}).get(slot)
        if trace is None:
            return False
        if trace.latest < before:
            self.forget(bit, slot)
            return True
        counted = {key: dict(counts) for key, counts in trace.items.items()}
        aged = trace.age(before)
        if aged:
            for key, counts in counted.items():
                self._count(bit, key, counts, trace.items.get(key, {}))
            self._changed(bit, slot)
        return aged

    def slots(self, bit: int) -> list[int]:
        """Whose traces there are for a purpose."""
        return list(self._of.get(bit, ()))

    def value(self, feature: Feature, bit: int, slot: int, at: int, present: str | None, item: int) -> Value:
        """A value, of every measure but membership; `item` is the present event's, below 0 for none."""
        match feature.measure:
            case Measure.ITEM_TOTAL:
                key = State(Sort.ITEMS, feature.event).key
                return self.of(bit, slot).items.get(key, {}).get(item, 0)
            case Measure.PEOPLE:
                state = State(Sort.ITEMS, feature.event, feature.field)
                people = self._total(bit, state.key_of(present or ""), item)[1]
                return people if people >= MIN_PEOPLE and (present or not feature.field) else 0
            case Measure.RATE:
                return self._rate(bit, feature, item)
            case _:
                return measure(feature, self.of(bit, slot), at, present)

    def pack(self) -> Iterator[tuple[int, int, Packed]]:
        """Purpose, slot and trace of everybody, as plain values."""
        for bit, people in self._of.items():
            for slot, trace in people.items():
                yield bit, slot, trace.pack()

    def clear(self, bit: int) -> None:
        """Drop everybody's for a purpose."""
        self._of.pop(bit, None)
        self._recount(bit)

    def restore(self, bit: int, slot: int, packed: Packed, later: Collection[tuple[int, str]] = ()) -> None:
        """Take up one of them, for the states that are declared and not among `later` (purpose, key)."""
        trace = Trace.unpack(packed)
        trace.drop(frozenset(key for key in self._kept.get(bit, ()) if (bit, key) not in later))
        self._of.setdefault(bit, {})[slot] = trace
        for key, counts in trace.items.items():
            self._count(bit, key, {}, counts)
        self._changed(bit, slot)

    def __len__(self) -> int:
        """How many traces there are."""
        return sum(map(len, self._of.values()))

    def _rate(self, bit: int, feature: Feature, item: int) -> float:
        keys = [State(Sort.ITEMS, name).key for name in (feature.event, feature.of)]
        (hits, _), (trials, people) = (self._total(bit, key, item) for key in keys)
        if people < MIN_PEOPLE:
            hits = trials = 0
        all_hits, all_trials = (self._sums.get((bit, key), 0) for key in keys)
        return shrunk_rate(hits, trials, all_hits, all_trials)

    def _total(self, bit: int, key: str, item: int) -> list[int]:
        return self._totals.get((bit, key, item), [0, 0])

    def _count(self, bit: int, key: str, before: Mapping[int, int], after: Mapping[int, int]) -> None:
        """Replace a person's share in the totals of a state."""
        for item in before.keys() | after.keys():
            old, new = before.get(item, 0), after.get(item, 0)
            if old == new:
                continue
            total = self._totals.setdefault((bit, key, item), [0, 0])
            total[0] += new - old
            total[1] += (new > 0) - (old > 0)
            self._sums[bit, key] = self._sums.get((bit, key), 0) + new - old
            if not total[0]:
                del self._totals[bit, key, item]

    def _recount(self, bit: int) -> None:
        self._totals = {key: each for key, each in self._totals.items() if key[0] != bit}
        self._sums = {key: each for key, each in self._sums.items() if key[0] != bit}
        for trace in self._of.get(bit, {}).values():
            for key, counts in trace.items.items():
                self._count(bit, key, {}, counts)


_NOBODY = Trace()
