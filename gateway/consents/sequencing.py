"""From the ledger to the log: what was recorded gets its place there, and is taken up in memory.

A denial counts at its commit, so it is taken up also if the log cannot take it yet; a grant is not. What the log could not take
stays without an index in the ledger, which is the outbox, and `owes_log` says that there is something.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from audit import LogUnavailableError
from consent import (
    DENIALS,
    ConsentEvent,
    ConsentLedger,
    ConsentRecord,
    Erasure,
    Erasures,
    OvertakenError,
    Status,
)
from gateway.consents.entries import ConsentEntries
from gateway.consents.taking_effect import TakingEffect
from gateway.gathering import Gathering
from gateway.memory.people import People
from privacy import SubjectRef

Records = Mapping[str, ConsentRecord] | None

_AT_ONCE = DENIALS | {Status.RESTRICTED}
"""What counts before it is in the log."""


@dataclass(frozen=True, slots=True)
class Written:
    """A change that is in force."""

    events: tuple[ConsentEvent, ...]
    """What was recorded: the change asked for first, then those that followed from it."""
    indices: tuple[int | None, ...]
    """Their log entries; None where the log could not take a denial yet."""


class ConsentSequencing:
    """Sequences what the ledger holds."""

    def __init__(
        self,
        *,
        ledger: ConsentLedger,
        erasures: Erasures,
        gathering: Gathering,
        entries: ConsentEntries,
        people: People,
        effect: TakingEffect,
    ) -> None:
        """Put events of `ledger`, and `erasures`, into the log by `entries`."""
        self.owes_log = False
        """Whether something was committed that the log could not take."""
        self._ledger = ledger
        self._erasures = erasures
        self._run = gathering.run
        self._entries = entries
        self._people = people
        self._effect = effect

    async def sequence(self, slot: int, ref: SubjectRef, events: Sequence[ConsentEvent]) -> Written:
        """Put recorded events into the log and take them up.

        Raises:
            LogUnavailableError: it cannot take them, and not all of them count before; those that do are taken up.
        """
        at_once = [event.status in _AT_ONCE for event in events]
        try:
            indices = await self._entries.append(slot, events, reserved=all(at_once))
        except LogUnavailableError:
            self.owes_log = True
            if any(at_once):
                self._effect.take_up(slot, await self._run(self._ledger.records_of, ref), events)
            if not all(at_once):
                raise
            return Written(tuple(events), (None,) * len(events))
        placed = {event.seq: i for event, i in zip(events, indices, strict=True)}
        self._effect.take_up(slot, await self._run(self._mark_sequenced, ref, placed), events)
        return Written(tuple(events), tuple(indices))

    async def sequence_erasure(self, erasure: Erasure) -> int | None:
        """Put an erasure into the log; None if the log cannot take it yet (it follows later)."""
        try:
            index = await self._entries.append_erasure(erasure)
        except LogUnavailableError:
            self.owes_log = True
            return None
        await self._run(self._erasures.mark_erasures_sequenced, {erasure.erasure_id: index})
        return index

    async def slot_of(self, ref: SubjectRef) -> int:
        """The slot of a person whom the ledger knows.

        Raises:
            OvertakenError: they were erased in between.
        """
        slot = self._people.slot_of.get(ref)
        if slot is None:
            row = await self._run(self._ledger.person_of, ref)
            if row is None:
                raise OvertakenError
            slot = self._people.add(ref, row.subject_id, row.evidence_key)
        return slot

    def _mark_sequenced(self, ref: SubjectRef, placed: Mapping[int, int]) -> Records:
        self._ledger.mark_sequenced(placed)
        return self._ledger.records_of(ref)
