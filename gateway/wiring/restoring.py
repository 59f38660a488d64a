"""From the log back to the state: what a start does with the records after the last snapshot.

It is the same judgement as when they were written: a signal is taken up only if its key still exists and the person still
permits the purpose, and a change of consent in between clears what came before it. So replaying equals having lived.

Signals of many records are handed over together, before anything that must come after them; one record's at a time where somebody
is shown each event whole, because they must know which entry it comes from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from audit import decode_entry
from consent import ENDINGS, Policy
from gateway.enforcement import Enforcement
from gateway.evidence.open_signals import OpenSignal
from gateway.evidence.sealed_records import Form, read_event, read_withheld
from gateway.memory.consumers import Consumers
from gateway.memory.owners import EntryOwners, TagFollower, tag_of, time_of
from gateway.memory.people import NOBODY, People
from gateway.memory.recent_ids import RecentIds, prepare_recent_ids
from privacy import day_of
from scoring import Contributions

Relive = Callable[[int, int, bytes, bytes], None]
"""Takes a decision that is read back: its index, whom it is about, its entry and its sealed half."""

_ENDING = frozenset(status.value for status in ENDINGS)


Waiting = tuple[int, bytes, bytes]
"""A record: its index, its entry and its sealed half."""

TOGETHER = 1024
"""Records whose people's keys are read at once: a query for each person would take most of the time."""

WORTH_MACHINE_CODE = 20_000
"""Records after which the next are taken in by machine code, which takes a second to read in."""

NEVER = -1
"""The time of nothing (unix seconds)."""


class Relived(Protocol):
    """What must know how far the log was read back."""

    def at(self, index: int, entry: bytes) -> None:
        """What is handed over from now on comes from this entry."""
        ...


class Restorer:
    """Takes records in, in their order."""

    def __init__(  # noqa: PLR0913  # into everything that is remembered
        self,
        *,
        policy: Policy,
        enforcement: Enforcement,
        consumers: Consumers,
        recent: RecentIds,
        owners: EntryOwners,
        people: People,
        rules: Relived,
        relive: Relive | None = None,
    ) -> None:
        """Restore into these; `relive` takes the decisions whose evidence is learnt from."""
        self._relive = relive
        self._rules = rules
        self._bit_of = {code: bit for bit in policy.bits.values() for code in policy.codes(1 << bit)}
        self._enforcement = enforcement
        self._consumers = consumers
        self._recent = recent
        self._owners = owners
        self._people = people
        self._follower: TagFollower | None = None
        self._waiting: list[Waiting] = []
        self._opened: dict[int, list[tuple[int, OpenSignal]]] = {}
        self._message_ids: list[int] = []
        self._now = NEVER
        self.records = 0
        """How many records were taken in."""

    def take(self, index: int, entry: bytes, sealed: bytes) -> None:
        """Take one record in, sooner or later: at the latest with `finish`."""
        self._waiting.append((index, entry, sealed))
        if len(self._waiting) == TOGETHER:
            self.finish()

    def finish(self) -> None:
        """Take in what is waiting, in order; the keys of all of its people are read at once."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        self.records += len(waiting)
        if self._follower is None:
            self._follower = TagFollower(self._people)
        if self.records >= WORTH_MACHINE_CODE:
            Contributions.prepare()
            prepare_recent_ids()
        slots = [self._follower.owner_of(entry) for _, entry, _ in waiting]
        times = [time_of(entry) if sealed else NEVER for _, entry, sealed in waiting]
        self._read_keys(slots, times, waiting)
        self._know_owners(slots, waiting)
        for slot, now, record in zip(slots, times, waiting, strict=True):
            self._take(slot, now, *record)
        self._hand_over()
        self._turn(NEVER)

    def _read_keys(self, slots: list[int], times: list[int], records: list[Waiting]) -> None:
        """Of the people who have events among these records, day by day."""
        of_day: dict[int, list[int]] = {}
        for slot, now, (_, _, sealed) in zip(slots, times, records, strict=True):
            if slot != NOBODY and sealed and sealed[0] == Form.EVENT:
                of_day.setdefault(day_of(now), []).append(slot)
        for day, whose in of_day.items():
            self._enforcement.expect(whose, day)

    def _know_owners(self, slots: list[int], records: list[Waiting]) -> None:
        if records and records[-1][0] - records[0][0] == len(records) - 1:
            self._owners.record(records[0][0], slots)
            return
        for slot, (index, _, _) in zip(slots, records, strict=True):  # some went
            self._owners.record(index, [slot])

    def _take(self, slot: int, now: int, index: int, entry: bytes, sealed: bytes) -> None:
        self._rules.at(index, entry)
        if not sealed:
            return
        form = sealed[0]
        if form == Form.EVENT:
            self._take_event(slot, now, entry, sealed)
        elif form == Form.WITHHELD:
            self._turn(now)
            self._message_ids += read_withheld(sealed)
        elif form == Form.DECISION and slot != NOBODY and self._relive is not None:
            self._relive(index, slot, entry, sealed)
        elif form == Form.CONSENT and slot != NOBODY:
            self._take_consent(slot, entry)

    def _take_event(self, slot: int, now: int, entry: bytes, sealed: bytes) -> None:
        record = read_event(sealed)
        self._turn(now)
        self._message_ids.append(record.message_digest)
        if slot == NOBODY:
            return
        wants, mask = self._consumers.wants, self._people.mask[slot]
        wanted = [each for each in record.signals if wants(each[0]) and mask >> each[0] & 1]
        if not wanted:
            return
        opened = self._enforcement.open_each(slot, wanted, tag_of(entry), day_of(now))
        for (bit, _), signal in zip(wanted, opened, strict=True):
            if signal is not None:
                self._opened.setdefault(bit, []).append((slot, signal))
        if self._enforcement.shows_whole:
            self._hand_over()

    def _hand_over(self) -> None:
        """Give what was opened so far to its consumers."""
        opened, self._opened = self._opened, {}
        for bit, signals in opened.items():
            learnt = self._enforcement.learn(bit, signals)
            if learnt is not None:
                self._consumers.hand_over([learnt])

    def _turn(self, now: int) -> None:
        """From now on message ids are of another time (unix seconds)."""
        if now != self._now:
            self._recent.add_many(self._message_ids)
            self._message_ids = []
            self._now = now
            if now != NEVER:
                self._recent.turn(now)

    def _take_consent(self, slot: int, entry: bytes) -> None:
        change = decode_entry(entry)
        if change.outcome.value in _ENDING:
            self._hand_over()
            bits = sum(1 << self._bit_of[code] for code in change.purposes if code in self._bit_of)
            self._consumers.forget(slot, bits)
