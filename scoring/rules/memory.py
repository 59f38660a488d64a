"""Everything that rules remember of people: traces, standings, who is in which segment, when timers are due.

Forgetting a person for a purpose takes all of it; what is packed and restored is all of it too.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping

import msgspec

from scoring.features import Traces
from scoring.features.trace import NO_TRACE, Packed
from scoring.rules.lift import Group, Lift, lift_of
from scoring.rules.looking_again import Watch
from scoring.rules.model import Definitions
from scoring.rules.standing import HELD_OUT, PackedStanding, Standing
from scoring.rules.statistics import RuleStatistics
from scoring.rules.treatment import Treatment, treatment_of
from scoring.segments import Membership


class _Person(msgspec.Struct, array_like=True):
    bit: int
    slot: int
    trace: Packed
    standing: PackedStanding


class _Everything(msgspec.Struct, array_like=True):
    people: list[_Person]
    statistics: dict[str, tuple[int, int, int, int, dict[str, int]]]
    at: int = 0
    """When that was (unix seconds)."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Everything).decode


class RuleMemory:
    """Lives on the event loop; no locks."""

    def __init__(self) -> None:
        """Begin with nobody remembered."""
        self.watch = Watch(self._segments_of)
        """Who is told that somebody did something, joined or left."""
        self.traces = Traces(self.watch.did)
        """What people did."""
        self.membership = Membership(self.watch.moved)
        """Who is in which segment."""
        self.statistics: dict[str, RuleStatistics] = {}
        """What became of each rule."""
        self._standings: dict[int, dict[int, Standing]] = {}
        self._due: list[tuple[int, int, int, str]] = []

    def standing(self, bit: int, slot: int) -> Standing:
        """What is remembered of a person, to be changed."""
        people = self._standings.setdefault(bit, {})
        found = people.get(slot)
        if found is None:
            found = people[slot] = Standing()
        return found

    def look(self, bit: int, slot: int) -> Standing | None:
        """What is remembered of a person, if anything is."""
        return self._standings.get(bit, {}).get(slot)

    def _segments_of(self, bit: int, slot: int) -> Collection[str]:
        standing = self.look(bit, slot)
        return () if standing is None else standing.segments

    def statistics_of(self, rule: str) -> RuleStatistics:
        """The numbers of a rule."""
        return self.statistics.setdefault(rule, RuleStatistics())

    def forget(self, bit: int, slot: int) -> None:
        """Drop everything of a person for a purpose: features, windows, timers, offers, memberships."""
        self.traces.forget(bit, slot)
        standing = self._standings.get(bit, {}).pop(slot, None)
        if standing is not None:
            self.membership.leave_all(standing.segments, slot)

    def age(self, bit: int, slot: int, before: int) -> bool:
        """Drop what was learnt of a person before a time (unix seconds). Says whether there was any.

        Somebody of whom nothing else is left is forgotten; memberships are looked at anew with the next refresh.
        """
        aged = self.traces.age(bit, slot, before)
        standing = self.look(bit, slot)
        if standing is not None:
            if not self.traces.knows(bit, slot) and not standing.holds_since(before):
                self.forget(bit, slot)
                return True
            aged |= standing.age(before)
        return aged

    def slots(self, bit: int) -> list[int]:
        """Of whom anything is remembered for a purpose."""
        return sorted({*self.traces.slots(bit), *self._standings.get(bit, ())})

    def compared(self, bit: int, rule: str) -> tuple[Group, Group]:
        """The people for whom a rule acted, and those whom it left out; who was once in either is in neither."""
        people, successes = [0, 0], [0, 0]
        for standing in self._standings.get(bit, {}).values():
            fires = [each for each in standing.fires if each.rule == rule]
            arms = {each.action == HELD_OUT for each in fires}
            if len(arms) == 1:
                [held_out] = arms
                people[held_out] += 1
                successes[held_out] += any(each.converted for each in fires)
        return Group(people[0], successes[0]), Group(people[1], successes[1])

    def lift(self, bit: int, rule: str) -> Lift:
        """What a rule brought, by people whom it leaves out."""
        return lift_of(*self.compared(bit, rule))

    def treatment(self, segment: str, went_well: Mapping[int, bool]) -> Treatment:
        """How a segment's members are treated beside everybody else of whom (slot) something is known."""
        return treatment_of(went_well, frozenset(self.membership.of(segment)))

    def start_timer(self, bit: int, slot: int, rule: str, due: int, began: int) -> None:
        """A timer runs from now on, instead of the one before."""
        self.standing(bit, slot).timers[rule] = (due, began)
        heapq.heappush(self._due, (due, bit, slot, rule))

    def pop_due(self, now: int) -> Iterator[tuple[int, int, str]]:
        """The timers whose time has come (due, slot, rule); each is given once, and runs no more."""
        while self._due and self._due[0][0] <= now:
            due, bit, slot, rule = heapq.heappop(self._due)
            standing = self.look(bit, slot)
            if standing is not None and standing.timers.get(rule, (0, 0))[0] == due:
                del standing.timers[rule]
                yield due, slot, rule

    @property
    def next_due(self) -> int | None:
        """When the first timer is due, if it still runs (unix seconds); None without any."""
        return self._due[0][0] if self._due else None

    @property
    def timers(self) -> int:
        """How many timers run."""
        return sum(len(each.timers) for people in self._standings.values() for each in people.values())

    def cut(self, before: Definitions, after: Definitions, counted: Collection[str]) -> None:
        """Drop what definitions left behind that are in force no more; numbers stay of the rules that are `counted`."""
        gone = {name for name, rule in before.rules.items() if after.rules.get(name) is not rule}
        left = {name for name in before.segments if name not in after.segments}
        for people in self._standings.values():
            for slot, standing in people.items():
                for rule in gone & standing.timers.keys():
                    del standing.timers[rule]
                for segment in left & standing.segments.keys():
                    del standing.segments[segment]
                    self.membership.leave(segment, slot)
        for rule in self.statistics.keys() - counted:
            del self.statistics[rule]
        for bit in before.bits - after.bits:
            for slot in list(self._standings.get(bit, ())):
                self.forget(bit, slot)
            self.traces.clear(bit)

    def pack(self, now: int) -> bytes:
        """Everything as it is now (unix seconds), as bytes."""
        traces = {(bit, slot): packed for bit, slot, packed in self.traces.pack()}
        standings = {
            (b, s): each.pack() for b, people in self._standings.items() for s, each in people.items()
        }
        nothing = Standing().pack()
        people = [
            _Person(*key, traces.get(key, NO_TRACE), standings.get(key, nothing))
            for key in sorted(traces.keys() | standings.keys())
        ]
        numbers = {
            rule: (each.matches, each.fires, each.conversions, each.unreadable, dict(each.suppressed))
            for rule, each in self.statistics.items()
        }
        return _encode(_Everything(people, numbers, now))

    def restore(
        self,
        packed: bytes,
        slot_now: Callable[[int, int], int],
        rules: Definitions,
        bits: Collection[int],
        later: Collection[tuple[int, str]],
        counted: Collection[str],
    ) -> int:
        """Take up what `pack` gave. Returns when that was (unix seconds).

        Args:
            packed: the bytes.
            slot_now: a purpose and a slot of then to the slot of now; below 0 if nothing of it may be held any more.
            rules: those in force that were so already then.
            bits: the purposes that something was in force for then, and is.
            later: the purposes and states that began to be kept later.
            counted: the rules that were there already then, as they are now or otherwise.
        """
        kept = _decode(packed)
        for person in kept.people:
            slot = slot_now(person.bit, person.slot)
            if slot < 0 or person.bit not in bits:
                continue
            if person.trace[0]:
                self.traces.restore(person.bit, slot, person.trace, later)
            standing = Standing.unpack(person.standing)
            timers, standing.timers = standing.timers, {}
            standing.segments = {name: at for name, at in standing.segments.items() if name in rules.segments}
            self._standings.setdefault(person.bit, {})[slot] = standing
            for rule, (due, began) in timers.items():
                if rule in rules.rules:
                    self.start_timer(person.bit, slot, rule, due, began)
            for segment in standing.segments:
                self.membership.join(segment, slot)
        for rule, numbers in kept.statistics.items():
            if rule in counted:
                self.statistics[rule] = RuleStatistics(*numbers[:4], Counter(numbers[4]))
        return kept.at
