"""What the log holds of one person, opened with their own keys: the material of an access report.

The tags of a person's entries follow from their evidence key, so exactly their entries are found, and without the key none.
What was sealed under a key that was destroyed since (by a withdrawal, say) is counted and cannot be shown. Nothing is kept.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from audit import Kind, Outcome, Record, Sequencer, decode_entry
from gateway.deciding.answers import DecisionPayload, read_payload
from gateway.enforcement import Enforcement
from gateway.evidence.first_numbers import FirstNumbers
from gateway.evidence.sealed_records import Form, read_event
from gateway.memory.owners import tag_of, tag_text, text_of_tag, time_of
from gateway.memory.people import People
from gateway.rights.completeness import OwnNumbers
from privacy import SealBrokenError, SubjectRef, day_of, sealer, unseal

RECORDS_AT_ONCE = 4096
"""Records looked through in one go, in a thread (a few milliseconds, 2 MB)."""

_Permission = tuple[str, str, str, int]
_read_permission = msgspec.msgpack.Decoder(_Permission).decode


@dataclass(frozen=True, slots=True)
class OwnSignal:
    """One minimised signal."""

    index: int
    """Its entry in the log."""
    purpose: str
    """For which purpose it is held."""
    event: str
    """The name of the event."""
    at: int
    """When, as finely as the purpose may know it (unix seconds)."""
    fields: dict[str, Any]
    """What is held of it."""


@dataclass(frozen=True, slots=True)
class OwnDecision:
    """One decision about what to show."""

    index: int
    """Its entry in the log."""
    outcome: Outcome
    """Personalised, or why not."""
    payload: DecisionPayload
    """What was shown, and why."""


@dataclass(frozen=True, slots=True)
class OwnPermission:
    """One answer to a service that asked whether it may."""

    index: int
    """Its entry in the log."""
    service: str
    """The service that asked."""
    purpose: str
    """The purpose it asked for."""
    outcome: Outcome
    """What it was told."""
    at: int
    """When (unix seconds)."""


@dataclass(slots=True)
class OwnRecords:
    """Everything of one person that the log still shows."""

    signals: list[OwnSignal] = field(default_factory=list)
    decisions: list[OwnDecision] = field(default_factory=list)
    permissions: list[OwnPermission] = field(default_factory=list)
    unreadable: Counter[str] = field(default_factory=Counter)
    """Signals whose key is gone, by purpose."""
    keys: list[OwnNumbers] = field(default_factory=list)
    """Each evidence key, with what it leads to."""
    log_size: int = 0
    """How many entries of the log were looked through."""


class RecordOpener:
    """Finds and opens a person's records. Lives on the event loop; the log is read in a thread."""

    def __init__(self, sequencer: Sequencer, people: People, enforcement: Enforcement) -> None:
        """Read what `sequencer` has made durable."""
        self._sequencer = sequencer
        self._people = people
        self._enforcement = enforcement
        self._first_numbers = FirstNumbers(sequencer.base)

    async def open(self, ref: SubjectRef) -> OwnRecords:
        """A person's records; none for somebody unknown, or erased meanwhile."""
        own = OwnRecords()
        slot = self._people.slot_of.get(ref)
        if slot is None:
            return own
        entries: list[tuple[int, bytes]] = []
        key, number = self._people.evidence_key(slot), self._people.number[slot]
        own.keys.append(OwnNumbers(key, entries, self._first_numbers.of(key)))
        first, end = 0, self._sequencer.durable_size
        own.log_size = end
        tags = await asyncio.to_thread(_tags, key, number)
        while first < end:
            first, theirs = await asyncio.to_thread(self._find, first, end, tags)
            if self._people.slot_of.get(ref) != slot:
                break
            for index, entry, sealed in theirs:
                entries.append((index, entry))
                if sealed:
                    self._open(own, slot, index, entry, sealed)
        return own if self._people.slot_of.get(ref) == slot else OwnRecords()

    def _find(self, first: int, end: int, tags: Container[bytes | None]) -> tuple[int, list[Record]]:
        """Where to look next, and those of the next records that carry one of these tags."""
        records = self._sequencer.read(first, min(RECORDS_AT_ONCE, end - first))
        theirs = [each for each in records if each[0] < end and tag_text(each[1]) in tags]
        return records[-1][0] + 1 if records else end, theirs

    async def open_some(self, ref: SubjectRef, indices: Sequence[int]) -> OwnRecords:
        """What a person's entries at these places hold; none for somebody unknown, or erased meanwhile."""
        own = OwnRecords()
        slot = self._people.slot_of.get(ref)
        if slot is None:
            return own
        records = await asyncio.to_thread(self._read_some, indices)
        if self._people.slot_of.get(ref) != slot:
            return own
        for index, entry, sealed in records:
            if sealed:
                self._open(own, slot, index, entry, sealed)
        return own

    def _read_some(self, indices: Sequence[int]) -> list[tuple[int, bytes, bytes]]:
        return [record for index in indices for record in self._sequencer.read(index, 1)]

    def _open(self, own: OwnRecords, slot: int, index: int, entry: bytes, sealed: bytes) -> None:
        if sealed[0] == Form.EVENT:
            self._open_signals(own, slot, index, entry, sealed)
        elif sealed[0] == Form.DECISION:
            self._open_answer(own, slot, index, entry, sealed)

    def _open_signals(self, own: OwnRecords, slot: int, index: int, entry: bytes, sealed: bytes) -> None:
        rules = self._enforcement.policy.rules
        for bit, body in read_event(sealed).signals:
            if bit >= len(rules):
                continue
            opened = self._enforcement.open_as_held(slot, bit, body, tag_of(entry), day_of(time_of(entry)))
            if opened is None:
                own.unreadable[rules[bit].id] += 1
            else:
                event, _, at, fields = opened
                own.signals.append(OwnSignal(index, rules[bit].id, event, at, fields))

    def _open_answer(self, own: OwnRecords, slot: int, index: int, entry: bytes, sealed: bytes) -> None:
        cipher = sealer(self._people.evidence_key(slot))
        try:
            payload = unseal(cipher, sealed[1:], tag_of(entry))
        except SealBrokenError:
            return
        read = decode_entry(entry)
        if read.kind is Kind.DECISION:
            own.decisions.append(OwnDecision(index, read.outcome, read_payload(payload)))
        elif read.kind is Kind.PERMISSION:
            service, purpose, _, at = _read_permission(payload)
            own.permissions.append(OwnPermission(index, service, purpose, read.outcome, at))


def _tags(key: bytes, number: int) -> set[bytes | None]:
    """The tags of the first so many entries of an evidence key."""
    return {text_of_tag(key, n) for n in range(number)}
