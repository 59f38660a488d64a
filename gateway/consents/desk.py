"""Changes of consent, in the order that makes the promises true.

A denial (refusal, withdrawal, objection):
    1. takes effect in memory at once: permission, features, ciphers, the person's share in training;
    2. is committed to the ledger, which destroys the signal key in the same transaction;
    3. is sequenced in the log, with reserved space, so that a full disk does not stop it;
    4. is carried over to the known person, if an anonymous one who is linked denies, and with it their wishes about items;
    5. is acknowledged.
An erasure denies everything in memory first, and forgets the person only when the records have; in between nothing is written
for them. A grant is committed, sequenced, and only then takes effect. One that does not continue another starts with nothing.

Writes about one person happen one after the other. If the ledger cannot commit a denial, the person stays denied in memory
and the caller is told to try again: never the other way round. An event that was committed and could not be sequenced
is sequenced by `sequence_leftovers`: at the next start before anything is served, and whenever the log is back.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from msgspec.structs import replace

from audit import LogUnavailableError
from consent import (
    DENIALS,
    LINKING_SOURCE,
    MINORITY,
    RESTRICTION,
    ActorKind,
    Admitted,
    ConsentChange,
    ConsentError,
    ConsentLedger,
    ConsentRequest,
    Erasure,
    Erasures,
    NoticesShown,
    Policy,
    Status,
    WriteRefusal,
    admit,
    carry_denials,
    keys_on_arrival,
    restricts,
)
from gateway.clock import Clock
from gateway.consents.ending_links import EndingLinks
from gateway.consents.person_locks import PersonLocks
from gateway.consents.sequencing import ConsentSequencing, Records, Written
from gateway.consents.taking_effect import TakingEffect
from gateway.gathering import Gathering
from gateway.identities import LINKING, Identities
from gateway.lasting.disputing import Disputing
from gateway.lasting.kept_refusals import RefusalMarks
from gateway.memory.people import People
from gateway.receipts.notice_shelf import NoticeShelf
from privacy import SubjectRef


class ConsentDesk:
    """Writes consent. The only code that changes what a person permits."""

    def __init__(  # noqa: PLR0913  # everything a change touches
        self,
        *,
        policy: Policy,
        notices: NoticeShelf,
        ledger: ConsentLedger,
        erasures: Erasures,
        people: People,
        identities: Identities,
        effect: TakingEffect,
        sequencing: ConsentSequencing,
        clock: Clock,
        gathering: Gathering,
        marks: RefusalMarks,
        ending_links: EndingLinks,
        disputing: Disputing,
    ) -> None:
        """Wire the desk; the ledger is called through `gathering`."""
        self.when_erased: list[Callable[[SubjectRef], None]] = []
        """Whoever holds something of a person elsewhere: told in the step in which the person is forgotten."""
        self.refused: Counter[WriteRefusal] = Counter(dict.fromkeys(WriteRefusal, 0))
        """How many changes were refused since the start, by reason; whoever judges before the desk counts here as well."""
        self._erasing = asyncio.Lock()
        self._policy = policy
        self._notices = notices
        self._ledger = ledger
        self._erasures = erasures
        self._people = people
        self._identities = identities
        self._effect = effect
        self._sequencing = sequencing
        self._clock = clock
        self._run = gathering.run
        self._marks = marks
        self.ending_links = ending_links
        """Ends the link of somebody who is anonymous."""
        self._disputing = disputing
        self._lock = PersonLocks().of

    @property
    def owes_log(self) -> bool:
        """Whether something was committed that the log could not take: `sequence_leftovers` is due when it is back."""
        return self._sequencing.owes_log

    async def write(
        self, ref: SubjectRef, request: ConsentRequest, actor: ActorKind, source: str
    ) -> Written | WriteRefusal:
        """Judge and carry out one change of `ref`, asked for by `actor` through the caller `source`.

        Raises:
            LogUnavailableError: a grant was recorded but is not in the log yet, so it is not in force.
            ConsentError: the ledger could not take it.
        """
        holds_again = request.purpose == LINKING and request.status not in DENIALS
        if holds_again:
            await self._carry_all(ref)
        written = await self._write(ref, request, actor, source)
        if holds_again:
            await self._carry_all(ref)  # what was denied while it was written
        if isinstance(written, WriteRefusal):
            self.refused[written] += 1
        known = self._identities.linked_or_own(ref)
        if isinstance(written, Written) and request.status in DENIALS and known != ref:
            await self.link(ref, known)
        return written

    async def _write(
        self, ref: SubjectRef, request: ConsentRequest, actor: ActorKind, source: str
    ) -> Written | WriteRefusal:
        async with self._lock(ref):
            self._effect.refuse_if_ending(ref)
            now = self._clock.now()
            denial = request.status in DENIALS
            shown = self._shown(request)

            def judge(records: Records) -> Admitted | WriteRefusal:
                seen = self._marks.beside(ref, records)
                verdict = admit(request, actor, seen, self._policy, now, shown=shown)
                if isinstance(verdict, WriteRefusal):
                    return verdict
                changes = self._marks.with_denials(ref, records, verdict.changes, now)
                return replace(verdict, changes=changes)

            if denial:
                verdict = admit(request, actor, None, self._policy, now, shown=shown)  # whatever was before
                if isinstance(verdict, WriteRefusal):
                    return verdict
                self._effect.deny(ref, [change.purpose for change in verdict.changes])
            recorded = await self._run(
                partial(self._ledger.change, ref, judge, now=now, source=source, reserved=denial)
            )
            if isinstance(recorded, WriteRefusal):
                return recorded
            person = recorded.person
            slot = self._people.add(ref, person.subject_id, person.evidence_key)
            if actor is ActorKind.PERSON and not denial:
                await self._run(self._marks.lift, ref, request.purpose, now)
            return await self._sequencing.sequence(slot, ref, recorded.events)

    def _shown(self, request: ConsentRequest) -> NoticesShown:
        notice = self._policy.notice(request.purpose, request.locale)
        since = 0 if notice is None else self._notices.first_day(notice.digest)
        named = None if request.notice is None else self._notices.about(request.notice)
        return NoticesShown(since, self._notices, named)

    async def link(
        self, anonymous: SubjectRef, known: SubjectRef, bind: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Carry what `anonymous` denied, and what they wished of items, over to `known`: the most restrictive wins.

        `bind` makes the link, once all of that is kept; what is denied or wished while it does is carried over as well.

        Raises:
            ConsentError: the ledger could not take it.
        """
        async with self._lock(known):
            for each in (anonymous, known):
                self._effect.refuse_if_ending(each)
            if bind is not None and await self._stands_apart(anonymous):
                return
            await self._carry(anonymous, known, again=bind is None)
            if bind is not None:
                await bind()
                await self._carry(anonymous, known, again=True)
                if await self._stands_apart(anonymous):
                    await self.ending_links.end(anonymous)

    async def _stands_apart(self, ref: SubjectRef) -> bool:
        """Whether this person must not be taken for anybody else."""
        records = await self._run(self._ledger.records_of, ref)
        return restricts(records) or (records is None and self._marks.restricts(ref))

    async def _carry_all(self, known: SubjectRef) -> None:
        for anonymous in self._identities.linked_with(known):
            await self.link(anonymous, known)

    async def _carry(self, anonymous: SubjectRef, known: SubjectRef, *, again: bool) -> None:
        """Carry denials and wishes over; `again`, after a link, no denial that was carried over since."""
        now = self._clock.now()
        theirs = await self._run(self._ledger.records_of, known)
        anonymously = self._marks.beside(anonymous, await self._run(self._ledger.records_of, anonymous))
        before = await self._run(self._ledger.history_of, known) if again else ()
        carried = carry_denials(anonymously or {}, theirs or {}, before, self._policy, now)
        if carried:
            carried = self._marks.with_denials(known, theirs, carried, now)
            self._effect.deny(known, [change.purpose for change in carried])
            events = await self._run(
                partial(self._ledger.record, known, carried, now=now, source=LINKING_SOURCE)
            )
            await self._sequencing.sequence(await self._sequencing.slot_of(known), known, events)
        await self._disputing.carry(anonymous, known, now)

    async def let_run_out(self, ref: SubjectRef) -> None:
        """Take away what has run out: permission, features, the person's share in training.

        Raises:
            ConsentError: the ledger could not say what holds.
        """
        async with self._lock(ref):
            slot = self._people.slot_of.get(ref)
            if slot is not None:
                self._effect.take_up(slot, await self._run(self._ledger.records_of, ref), ())

    async def stand(self, ref: SubjectRef, change: ConsentChange, source: str) -> Written:
        """Put a standing in force, or lift it (`consent.stand`); in force, it ends the person's link. Raises as `write`."""
        keys = keys_on_arrival(self._policy)
        async with self._lock(ref):
            self._effect.refuse_if_ending(ref)
            if change.purpose == RESTRICTION and change.status is Status.RESTRICTED:
                await self.ending_links.end(ref)
            now = self._clock.now()
            known = await self._run(self._ledger.records_of, ref)
            changes = self._marks.with_denials(ref, known, [change], now)
            record = partial(self._ledger.record, ref, changes, source=source, arrival_keys=keys)
            events = await self._run(record, now=now)
            if change.status is not Status.RESTRICTED and (
                change.actor is ActorKind.PERSON or change.purpose == MINORITY
            ):
                await self._run(self._marks.lift, ref, change.purpose, now)
            return await self._sequencing.sequence(await self._sequencing.slot_of(ref), ref, events)

    def begin_to_erase(self, refs: Sequence[SubjectRef]) -> None:
        """Permit these people nothing more, and write nothing for them, until they are erased."""
        for ref in refs:
            self._effect.end(ref)

    async def erase(self, ref: SubjectRef) -> Erasure:
        """Destroy a person's keys and rows. Its log entry is None while the log cannot take it.

        Raises:
            ConsentError: the records could not do it: the person is as `begin_to_erase` leaves them, until it is done.
        """
        self.begin_to_erase([ref])
        async with self._lock(ref), self._erasing:
            erasure = await self._run(partial(self._erasures.erase, ref, now=self._clock.now()))
            self._effect.forget(ref)
            self._identities.forget(ref)
            for forget in self.when_erased:
                forget(ref)
            return replace(erasure, log_index=await self._sequencing.sequence_erasure(erasure))

    async def sequence_leftovers(self) -> int:
        """Sequence what was committed and never reached the log. Returns how many events.

        Raises:
            LogUnavailableError: it cannot take them yet.
            ConsentError: the ledger could not say or mark what waits.
        """
        self._sequencing.owes_log = False
        try:
            return await self._sequence_all()
        except (LogUnavailableError, ConsentError):
            self._sequencing.owes_log = True
            raise

    async def _sequence_all(self) -> int:
        count = 0
        for ref in dict.fromkeys(event.subject for event in await self._run(self._ledger.unsequenced)):
            async with self._lock(ref):  # a change on its way is sequenced by whoever brought it
                for event in await self._run(self._ledger.history_of, ref):
                    if event.log_index is None:
                        await self._sequencing.sequence(await self._sequencing.slot_of(ref), ref, [event])
                        count += 1
        async with self._erasing:
            for erasure in await self._run(self._erasures.unsequenced_erasures):
                await self._sequencing.sequence_erasure(erasure)
                count += 1
        return count
