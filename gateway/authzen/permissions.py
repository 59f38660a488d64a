"""May a service use a person's data for a purpose? The consent decision on its own, for services that act by themselves.

    whose data -> what is permitted -> one entry each, all in one frame, durable -> nothing was withdrawn meanwhile? -> the
    answer

A permission that leaves here is in the log, and stood when its entry was durable. If the log cannot take it, it is denied.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from audit import LogUnavailableError, Outcome
from gateway.clock import Clock
from gateway.enforcement import Enforcement
from gateway.evidence.answer_sealing import AnswerSealing
from gateway.evidence.entries import EntryWriter
from gateway.evidence.outcomes import DENIED, OutcomeLedger
from gateway.evidence.personal_entries import PersonalEntries
from gateway.identities import Identities
from gateway.memory.people import NOBODY, People
from privacy import SubjectRef

_pack = msgspec.msgpack.Encoder().encode


class Use(msgspec.Struct, frozen=True):
    """What somebody wants to do."""

    service: str
    """Who: the id that the caller gives the service."""
    purpose: str
    """What for: a purpose's id."""
    whose: SubjectRef | None
    """The person; None if it is about something that is no person we could know."""
    gpc: bool = False
    """Whether the request carried the Global Privacy Control signal."""


class Permission(msgspec.Struct, frozen=True):
    """The answer to one evaluation."""

    outcome: Outcome
    """`permitted`, or why not."""
    index: int | None = None
    """Its entry in the log; None if the log could not take it."""

    @property
    def granted(self) -> bool:
        """Whether the use is permitted."""
        return self.outcome is Outcome.PERMITTED


class Permissions:
    """Judges uses, and records every answer before it is given."""

    def __init__(  # noqa: PLR0913  # what an answer depends on, and where it is recorded
        self,
        *,
        people: People,
        identities: Identities,
        enforcement: Enforcement,
        clock: Clock,
        writer: EntryWriter,
        entries: PersonalEntries,
        sealing: AnswerSealing,
    ) -> None:
        """Judge for `people`; `sealing` makes the evidence."""
        self._people = people
        self._linked, self._linked_or_own = identities.linked, identities.linked_or_own
        self._enforcement = enforcement
        self._clock = clock
        self._writer = writer
        self._entries = entries
        self.outcomes = OutcomeLedger()
        """What became of the questions."""
        self._sealing = sealing

    async def ask(self, uses: Sequence[Use]) -> list[Permission]:
        """The answers, in order, once their entries are durable. No error of the log escapes: it denies."""
        with self.outcomes.admit(len(uses)) as fate:
            answers = await self._answer(uses)
            fate.settle_each([answer.outcome for answer in answers])
        return answers

    def permitted_purposes(self, whose: SubjectRef | None, *, gpc: bool) -> list[str]:
        """The purposes for which a person's data may be used now, in the order of the policy. A look, without an entry."""
        policy = self._enforcement.policy
        now = self._clock.now()
        uses = [Use("", purpose.id, whose, gpc) for purpose in policy.purposes]
        judged = zip(uses, self._slots(uses), strict=True)
        return [use.purpose for use, slot in judged if self._judge(use, slot, now) is Outcome.PERMITTED]

    async def _answer(self, uses: Sequence[Use]) -> list[Permission]:
        now = self._clock.now()
        revocations = self._people.revocations
        slots = self._slots(uses)
        judged = [self._judge(use, slot, now) for use, slot in zip(uses, slots, strict=True)]
        try:
            first = await self._record(uses, slots, judged, now)
        except LogUnavailableError:
            return [Permission(Outcome.FAULT_LOG_UNAVAILABLE) for _ in uses]
        answers = [Permission(outcome, index) for index, outcome in enumerate(judged, first)]
        while self._people.revocations != revocations:  # until nobody has withdrawn since the last comparison
            revocations = self._people.revocations
            await self._deny_withdrawn(uses, answers)
        return answers

    async def _deny_withdrawn(self, uses: Sequence[Use], answers: list[Permission]) -> None:
        """Deny what was withdrawn while the entries were on their way to the disk, with entries of their own."""
        now = self._clock.now()
        gone = [
            place
            for place, (use, slot, answer) in enumerate(zip(uses, self._slots(uses), answers, strict=True))
            if answer.granted and self._judge(use, slot, now) is not Outcome.PERMITTED
        ]
        if not gone:
            return
        denied = [Outcome.DENIED_WITHDRAWN_MEANWHILE] * len(gone)
        theirs = [uses[place] for place in gone]
        try:
            first: int | None = await self._record(theirs, self._slots(theirs), denied, now)
        except LogUnavailableError:
            first = None
        for offset, place in enumerate(gone):
            index = None if first is None else first + offset
            answers[place] = replace(answers[place], outcome=denied[offset], index=index)

    def _judge(self, use: Use, slot: int, now: int) -> Outcome:
        """One use of the data of whoever has this slot: read it aloud."""
        purpose = self._enforcement.policy.purpose(use.purpose)
        if purpose is None:
            return Outcome.DENIED_UNKNOWN_PURPOSE
        if use.whose is None:
            return Outcome.DENIED_UNKNOWN_RESOURCE
        if slot == NOBODY:
            return Outcome.DENIED_NO_RECORD
        if not self._enforcement.permitted_bits(slot, now) >> purpose.bit & 1:
            return DENIED[self._people.reason(slot, purpose.bit)]
        if use.gpc and purpose.gpc_sensitive:
            return Outcome.DENIED_SIGNAL
        return Outcome.PERMITTED

    def _slots(self, uses: Sequence[Use]) -> list[int]:
        """Whose permission counts, of each; while a link holds, that of the known person."""
        slot_of, linked, person = self._people.slot_of, self._linked, self._linked_or_own
        return [
            NOBODY
            if use.whose is None
            else slot_of.get(person(use.whose) if use.whose in linked else use.whose, NOBODY)
            for use in uses
        ]

    async def _record(
        self, uses: Sequence[Use], slots: Sequence[int], judged: Sequence[Outcome], now: int
    ) -> int:
        """Append one entry for each; the index of the first, once all are durable.

        Raises:
            LogUnavailableError: none was taken.
        """
        asked = [(use.service, use.purpose, outcome) for use, outcome in zip(uses, judged, strict=True)]
        payloads = {each: _pack((*each, now)) for each in set(asked)}
        purpose_of = self._enforcement.policy.purpose
        codes = {name: found.code for _, name, _ in payloads if (found := purpose_of(name))}
        write = self._writer.permission
        with self._people.numbers_kept(slots):
            evidence = self._sealing.seal_each(slots, [payloads[each] for each in asked])
            entries = [
                write(outcome, codes.get(purpose), tag, commitment, now)
                for (_, purpose, outcome), (tag, commitment, _) in zip(asked, evidence, strict=True)
            ]
            sealed = [half for _, _, half in evidence]
            durable = self._entries.append_durably(entries, sealed, slots)
        return await durable
