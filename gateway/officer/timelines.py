"""What became of one person, in the order of time: what they decided, asked for and were shown, and what was let through of them.

Only what an officer needs to answer for it: of a signal its purpose and its time, never its fields; of a decision where and how,
never the items. Whoever needs the content hands the person their access report. Opened with the person's own keys: what they
withdrew or had erased is not there any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from consent import ConsentLedger
from gateway.gathering import Run
from gateway.identities import Identities
from gateway.memory.owners import EntryOwners
from gateway.memory.people import People
from gateway.rights.desk import RightsDesk
from gateway.rights.own_records import OwnRecords, RecordOpener
from privacy import SubjectRef

SHOWN = 300
"""Moments on the page, the newest."""

_EVERY_ENTRY = 1 << 62


class About(StrEnum):
    """What a moment is about."""

    CONSENT = "consent"
    RIGHTS = "rights"
    DECISION = "decision"
    PERMISSION = "permission"
    EVENT = "event"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One line of a timeline."""

    at: int
    """When (unix seconds)."""
    about: About
    """What it is about."""
    what: str
    """The purpose, placement or right."""
    how: str
    """How it ended, as a word of the log or the records."""
    index: int | None = None
    """Its entry in the log, if there is one of its own."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is shown of a person."""

    is_known: bool
    """Whether there is anything at all."""
    moments: list[Moment]
    """The newest first."""
    unreadable: int
    """Signals whose key is gone."""


class Timelines:
    """Puts them together. Lives on the event loop."""

    def __init__(  # noqa: PLR0913  # everything it looks into
        self,
        *,
        people: People,
        owners: EntryOwners,
        identities: Identities,
        opener: RecordOpener,
        ledger: ConsentLedger,
        rights: RightsDesk,
        run: Run,
    ) -> None:
        """Look into these; `run` carries out a call of `ledger`."""
        self._people = people
        self._owners = owners
        self._identities = identities
        self._opener = opener
        self._ledger = ledger
        self._rights = rights
        self._run = run

    async def of(self, ref: SubjectRef) -> Timeline:
        """The timeline of a person; an empty one of somebody unknown.

        Raises:
            ConsentError, CorruptionError: the records or the log cannot be read.
        """
        slot = self._people.slot_of.get(ref)
        indices = [] if slot is None else self._owners.latest_of(slot, SHOWN, within=_EVERY_ENTRY)
        own = await self._opener.open_some(ref, indices)
        moments = [*_opened(own), *await self._consents(ref), *await self._requests(ref)]
        moments.sort(key=lambda moment: (moment.at, moment.index or 0), reverse=True)
        return Timeline(bool(moments), moments[:SHOWN], own.unreadable.total())

    def places_of(self, ref: SubjectRef) -> tuple[int, ...]:
        """Where the entries of a person are, and those of devices that are theirs, ascending; none of somebody unknown."""
        refs = (ref, *self._identities.linked_with(ref))
        slots = [self._people.slot_of[each] for each in refs if each in self._people.slot_of]
        found = (self._owners.latest_of(slot, _EVERY_ENTRY, within=_EVERY_ENTRY) for slot in slots)
        return tuple(sorted(index for each in found for index in each))

    async def _consents(self, ref: SubjectRef) -> list[Moment]:
        return [
            Moment(
                at=event.occurred_at,
                about=About.CONSENT,
                what=event.purpose,
                how=event.status.value,
                index=event.log_index,
            )
            for event in await self._run(self._ledger.history_of, ref)
        ]

    async def _requests(self, ref: SubjectRef) -> list[Moment]:
        return [
            Moment(
                at=step.at,
                about=About.RIGHTS,
                what=filed.request.right.value,
                how=step.act.value,
                index=step.log_index,
            )
            for filed in await self._rights.requests_of(ref)
            for step in filed.steps
        ]


def _opened(own: OwnRecords) -> list[Moment]:
    decisions = [
        Moment(
            at=each.payload.at,
            about=About.DECISION,
            what=each.payload.placement,
            how=each.outcome.value,
            index=each.index,
        )
        for each in own.decisions
    ]
    permissions = [
        Moment(
            at=each.at,
            about=About.PERMISSION,
            what=f"{each.service}: {each.purpose}",
            how=each.outcome.value,
            index=each.index,
        )
        for each in own.permissions
    ]
    signals = [
        Moment(at=each.at, about=About.EVENT, what=each.purpose, how="accepted", index=each.index)
        for each in own.signals
    ]
    return [*decisions, *permissions, *signals]
