"""From the log back to the state: what a start does with the records after the last snapshot.

It is the same judgement as when they were written: a signal is taken up only if its key still exists and the person still
permits the purpose, and a change of consent in between clears what came before it. So replaying equals having lived.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from audit import decode_entry
from consent import ENDINGS, Policy
from gateway.enforcement import Enforcement
from gateway.evidence.sealed_records import Form, read_event, read_withheld
from gateway.memory.consumers import Consumers
from gateway.memory.owners import EntryOwners, TagFollower, tag_of, time_of
from gateway.memory.people import NOBODY, People
from gateway.memory.recent_ids import RecentIds
from privacy import day_of

Relive = Callable[[int, int, bytes, bytes], None]
"""Takes a decision that is read back: its index, whom it is about, its entry and its sealed half."""

_ENDING = frozenset(status.value for status in ENDINGS)


Waiting = tuple[int, bytes, bytes]
"""A record: its index, its entry and its sealed half."""

TOGETHER = 1024
"""Records whose people's keys are read at once: a query for each person would take most of the time."""


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
        self.records += len(waiting)
        if self._follower is None:
            self._follower = TagFollower(self._people)
        slots = [self._follower.owner_of(entry) for _, entry, _ in waiting]
        self._read_keys(slots, waiting)
        for slot, record in zip(slots, waiting, strict=True):
            self._take(slot, *record)

    def _read_keys(self, slots: list[int], records: list[Waiting]) -> None:
        """Of the people who have events among these records, day by day."""
        of_day: dict[int, list[int]] = {}
        for slot, (_, entry, sealed) in zip(slots, records, strict=True):
            if slot != NOBODY and sealed and sealed[0] == Form.EVENT:
                of_day.setdefault(day_of(time_of(entry)), []).append(slot)
        for day, whose in of_day.items():
            self._enforcement.expect(whose, day)

    def _take(self, slot: int, index: int, entry: bytes, sealed: bytes) -> None:
        self._owners.record(index, [slot])
        self._rules.at(index, entry)
        if not sealed:
            return
        form = sealed[0]
        if form == Form.EVENT:
            now = time_of(entry)
            self._recent.turn(now)
            self._take_event(slot, entry, now, sealed)
        elif form == Form.WITHHELD:
            self._recent.turn(time_of(entry))
            self._recent.add_many(read_withheld(sealed))
        elif form == Form.DECISION and slot != NOBODY and self._relive is not None:
            self._relive(index, slot, entry, sealed)
        elif form == Form.CONSENT and slot != NOBODY:
            self._take_consent(slot, entry)

    def _take_event(self, slot: int, entry: bytes, now: int, sealed: bytes) -> None:
        record = read_event(sealed)
        if record.message_digest:
            self._recent.add(record.message_digest)
        if slot == NOBODY:
            return
        tag, day = tag_of(entry), day_of(now)
        for bit, body in record.signals:
            if self._consumers.wants(bit) and self._people.mask[slot] >> bit & 1:
                opened = self._enforcement.open(slot, bit, body, tag, day)
                learnt = None if opened is None else self._enforcement.learn(slot, bit, opened)
                if learnt is not None:
                    self._consumers.hand_over([learnt])

    def _take_consent(self, slot: int, entry: bytes) -> None:
        change = decode_entry(entry)
        if change.outcome.value in _ENDING:
            bits = sum(1 << self._bit_of[code] for code in change.purposes if code in self._bit_of)
            self._consumers.forget(slot, bits)
