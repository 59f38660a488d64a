"""Everybody's permissions into memory at a start, and what an older copy of the records would undo, done again.

In two steps. The first only reads: whoever was erased and is there again is left out, and whatever somebody denied since is
denied in memory. The second writes it into the records, and comes after the records were compared with the log: otherwise
writing would make an older copy look new.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from consent import (
    RESTORE_SOURCE,
    STANDINGS,
    ConsentChange,
    ConsentLedger,
    KeptDenial,
    denied_since,
    kept_of,
    resolve,
)
from gateway.lasting.denied_list import DeniedList, mark_of
from gateway.lasting.disputing import RESET
from gateway.lasting.keeping import KeptForRights
from gateway.parts import Memory
from gateway.telemetry.journal import Happening, Journal
from privacy import SubjectRef

_EVERYTHING = 0xFFFF


@dataclass(slots=True)
class Returned:
    """What an older copy of the records would undo."""

    risen: list[SubjectRef] = field(default_factory=list)
    """Whoever was erased and is there again."""
    denied: dict[SubjectRef, tuple[ConsentChange, ...]] = field(default_factory=dict)
    """What people denied and the records do not know."""


def take_up_people(ledger: ConsentLedger, memory: Memory, kept: KeptForRights) -> Returned:
    """Everybody's permissions into memory; nothing of what was ended since the records were written.

    Raises:
        ConsentError: the records cannot be read.
    """
    people, policy, now = memory.people, memory.policy, memory.clock.now()
    returned, listed = Returned(), _Listing(kept.denied)
    unmarked: set[bytes] = set()
    for row in ledger.load_people():
        since = kept.denied.of(row.evidence_key) if kept.denied else ()
        changes = denied_since(row.records, since, policy, now)
        if changes:
            returned.denied[row.subject] = changes
        denials = [each for each in map(kept_of, row.records.values()) if each is not None]
        if denials:
            listed.look_at(row.evidence_key, denials)
            unmarked |= kept.marks.missing(row.subject, denials)
        if kept.erasures.has_risen(row):
            returned.risen.append(row.subject)
            continue
        slot = people.add(row.subject, row.subject_id, row.evidence_key)
        people.take_up(slot, resolve(row.records, policy, now, memory.notices))
        for begun in (each.recorded_at for each in since if each.purpose == RESET):
            memory.disputed.reset(slot, begun)
        if changes:
            people.deny(slot, _bits(memory, changes))
    listed.finish()
    kept.marks.note(unmarked, now)
    return returned


def put_right(
    returned: Returned, ledger: ConsentLedger, memory: Memory, kept: KeptForRights, journal: Journal
) -> None:
    """Write what was denied, and erase who was erased, again; they are sequenced with what else waits for the log.

    Raises:
        ConsentError: the records could not take it.
    """
    people, now = memory.people, memory.clock.now()
    for subject, changes in returned.denied.items():
        ledger.record(subject, changes, now=now, source=RESTORE_SOURCE)
        slot = people.slot_of.get(subject)
        if slot is not None:
            records = ledger.records_of(subject)
            found = resolve(records, memory.policy, now, memory.notices)
            memory.consumers.forget(slot, people.take_up(slot, found, _EVERYTHING))
    for subject in returned.risen:
        kept.erasures.erase(subject, now=now)
    if returned.denied:
        journal.write(Happening.DENIED_AGAIN, count=len(returned.denied))
    if returned.risen:
        journal.write(Happening.ERASED, count=len(returned.risen))


class _Listing:
    """Denials that the records have and the list lacks: a full disk or a crash came between, or there was no list yet."""

    def __init__(self, denied: DeniedList) -> None:
        self._denied = denied
        self._missing: list[tuple[bytes, KeptDenial]] = []

    def look_at(self, evidence_key: bytes, denials: Iterable[KeptDenial]) -> None:
        """Note what is missing of what a person denied, by their records."""
        for denial in denials:
            if denial.recorded_at >= self._denied.newest and not any(
                each.purpose == denial.purpose and each.order >= denial.order
                for each in self._denied.of(evidence_key)
            ):
                self._missing.append((mark_of(evidence_key), denial))

    def finish(self) -> None:
        """Keep it, and hold nothing of the list in memory any more."""
        self._denied.add_marked(self._missing)
        self._denied.forget()


def _bits(memory: Memory, changes: tuple[ConsentChange, ...]) -> int:
    if any(change.purpose in STANDINGS for change in changes):
        return _EVERYTHING
    return memory.policy.mask_of([change.purpose for change in changes])
