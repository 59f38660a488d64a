"""What consent needs of a store, in its own words. Each port has a contract; one suite checks every adapter against it.

Common to all of them:

- *Calls* are synchronous and may come from any thread; writers wait for one another.
- *Durability*: when a writing call returns, its change survives a crash and a power loss.
- *Atomicity*: a call is one transaction: all of it or nothing.
- *Errors*: `StoreUnavailableError` (nothing was changed), `StoreCorruptError` (do not go on). Nobody retries inside,
  except that denials and erasures use reserved space when the disk is full.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol, TypeAlias

import msgspec

from consent.admission import Admitted, WriteRefusal
from consent.model import ConsentChange, ConsentEvent, ConsentRecord
from privacy import AgingKey, KeyRing, SubjectRef


class PersonRow(msgspec.Struct, frozen=True):
    """A person as the ledger knows them."""

    subject: SubjectRef
    """The person's pseudonym."""
    subject_id: int
    """The row: from 1, never reused."""
    evidence_key: bytes
    """The evidence key, 32 bytes, unwrapped."""
    records: Mapping[str, ConsentRecord]
    """Where they stand, by purpose, condition or standing."""


class Recorded(msgspec.Struct, frozen=True):
    """What a change came to."""

    events: list[ConsentEvent]
    """What was recorded, in order."""
    person: PersonRow
    """Whose it is, and where they stand with it."""


Judge: TypeAlias = Callable[[Mapping[str, ConsentRecord] | None], Admitted | WriteRefusal]
"""Judges a change on the person's records; None when nobody is known. Pure: it may be asked twice."""


class Link(msgspec.Struct, frozen=True):
    """An anonymous person who was confirmed to be a known one."""

    anonymous: SubjectRef
    """The device's pseudonym."""
    known: SubjectRef
    """The person's pseudonym."""
    confirmed_by: str
    """The source whose credential confirmed it."""
    linked_at: int
    """When (unix seconds)."""


NOBODY_ROW = 0
"""The row of somebody who has none: rows are numbered from 1."""


class Erasure(msgspec.Struct, frozen=True):
    """A person who was erased: all that is left of them in the records."""

    erasure_id: int
    """Rising, from 1."""
    subject_id: int
    """The row that is gone."""
    fingerprint: bytes
    """Of the evidence key that was destroyed (`privacy.key_fingerprint`), 32 bytes."""
    erased_at: int
    """When (unix seconds)."""
    log_index: int | None
    """Its entry in the audit log; None until it is sequenced."""


class ConsentLedger(Protocol):
    """Who allowed what: events, append-only, and the records that are their fold.

    Contract:
        Order: `seq` rises with every event of anybody; events of one call are consecutive.
        Keys: a new person gets an evidence key; every purpose given gets a fresh signal key and every purpose ended
            loses its own, in the same transaction.
        Outbox: an event without a `log_index` waits to be sequenced. It is written with the event.
        Absence: somebody unknown has `None` as row, no records and no history.
    """

    def record(
        self,
        subject: SubjectRef,
        changes: Sequence[ConsentChange],
        *,
        now: int,
        source: str,
        arrival_keys: Sequence[str] = (),
    ) -> list[ConsentEvent]:
        """Record changes of one person, who is made known by it.

        Args:
            subject: whose.
            changes: admitted ones, in order; at least one.
            now: unix seconds.
            source: which source wrote them.
            arrival_keys: purposes for which a new person gets a signal key at once.

        Raises:
            OvertakenError: a change was judged after another epoch; nothing was recorded.
        """
        ...

    def change(
        self, subject: SubjectRef, judge: Judge, *, now: int, source: str, reserved: bool
    ) -> Recorded | WriteRefusal:
        """Judge a change on the records and record it, in one transaction: nothing comes between the two.

        Args:
            subject: whose.
            judge: says what to record.
            now: unix seconds.
            source: which source asks.
            reserved: whether it may use the reserved space, because it is a denial.

        Returns:
            What came of it; the refusal if the judge refused, and then nothing is recorded.

        Raises:
            ValueError: reserved space was asked for, and the judge admitted a grant.
        """
        ...

    def person_of(self, subject: SubjectRef) -> PersonRow | None:
        """The person's row, key and records; None when nobody is known."""
        ...

    def records_of(self, subject: SubjectRef) -> Mapping[str, ConsentRecord] | None:
        """The person's records; None when nobody is known."""
        ...

    def history_of(self, subject: SubjectRef) -> list[ConsentEvent]:
        """The person's events, in order."""
        ...

    def event(self, event_id: bytes) -> ConsentEvent | None:
        """The event of that id; None if there is none."""
        ...

    def unsequenced(self) -> list[ConsentEvent]:
        """Every event that waits for the audit log, in order."""
        ...

    def mark_sequenced(self, indexes: Mapping[int, int]) -> None:
        """Note where events are in the audit log: seq -> index. Known ones and unknown ones are left alone."""
        ...

    def load_people(self) -> Iterator[PersonRow]:
        """Everybody, by row number. Changes made meanwhile may or may not be seen, one person at a time."""
        ...

    def mismatches(self) -> list[int]:
        """The rows whose records are not the fold of their events: empty, or the store is corrupt."""
        ...


class SubjectKeys(Protocol):
    """The people's signal keys: one per person and purpose, there only while the purpose is given, with a key for each day.

    Contract:
        A key or a day that was destroyed is never returned again, and never the same bytes anew.
        Absence: a person or purpose without a key is not in the answer.
    """

    def signal_keys(
        self, subject_ids: Sequence[int], bits: Mapping[str, int]
    ) -> dict[int, dict[int, AgingKey]]:
        """Keys of many people at once.

        Args:
            subject_ids: rows.
            bits: `policy.bits`: which bit each purpose has; others are left out.

        Returns:
            Row -> bit -> key.
        """
        ...

    def age(self, purpose: str, *, older_than: int, first_day: int, at_most: int) -> int:
        """Destroy the old days of keys; what was sealed on them is unreadable for good.

        Args:
            purpose: whose keys.
            older_than: keys whose first day is before this day are meant (`privacy.day_of`).
            first_day: their first day from now on; not before `older_than`.
            at_most: so many at a time.

        Returns:
            How many keys; 0 when none is older.
        """
        ...

    def rewrap(self, ring: KeyRing) -> int:
        """Wrap every key under the ring's current key-encryption key, and use that ring from now on.

        May be interrupted and called again. Returns how many keys were wrapped anew.
        """
        ...

    def count_older(self) -> int:
        """How many keys are wrapped under another key-encryption key than the current one of the ring in use."""
        ...


class Links(Protocol):
    """Which anonymous people are known ones.

    Contract:
        An anonymous person is linked to at most one known person; linking again replaces.
    """

    def link(self, link: Link) -> None:
        """Remember a link."""
        ...

    def unlink(self, anonymous: SubjectRef) -> bool:
        """Forget a link. Returns whether there was one."""
        ...

    def load_links(self) -> Iterator[Link]:
        """Yield every link there is."""
        ...


class Erasures(Protocol):
    """The end of a person in the records.

    Contract:
        After `erase` returns, no row points to the person: no record, no event, no key, no link.
        A new consent of the same pseudonym makes a new person, with another row and other keys.
        The erasure waits to be sequenced like an event.
        Absence: the erasure of somebody unknown forgets their links, and looks like any other from outside: it has the
            fingerprint of a random key, and the row `NOBODY_ROW`.
    """

    def erase(self, subject: SubjectRef, *, now: int) -> Erasure:
        """Destroy a person's keys and rows."""
        ...

    def unsequenced_erasures(self) -> list[Erasure]:
        """Erasures that wait for the audit log, in order."""
        ...

    def mark_erasures_sequenced(self, indexes: Mapping[int, int]) -> None:
        """Note where erasures are in the audit log: erasure_id -> index."""
        ...

    def destroyed_keys(self) -> list[bytes]:
        """The fingerprints of the evidence keys that erasures destroyed, of people who were known, in order."""
        ...


class CallResult(msgspec.Struct, frozen=True):
    """What became of one of several calls."""

    value: object
    """What it returned."""
    failure: Exception | None = None
    """What it raised instead."""

    @classmethod
    def of(cls, call: Callable[[], object]) -> CallResult:
        """Make a call; what became of it."""
        try:
            return cls(call())
        except Exception as failure:  # noqa: BLE001 - whoever called is told
            return cls(None, failure)


class CallGroups(Protocol):
    """Many calls of these ports at the price of one.

    Contract:
        It is as if each call had been made alone, in that order: each sees what those before it did, and each is all
        or nothing. All of them are durable on return; until then nobody else sees any of it.
        A call may be carried out twice, the first time without a trace.
    """

    def together(self, calls: Sequence[Callable[[], object]]) -> list[CallResult]:
        """Carry out calls; what became of each."""
        ...
