"""The desk for the rights of data subjects: the one door, for apps, for the portal and for officers.

A request is filed before anything is done (with whom its end must be told), carried out, and closed; each step has an entry in
the log. What a crash leaves between two steps, `resume` carries on with before anything is served; what failed is tried again
in the background. A request that says no (erasure, restriction, objection, rectification) is never kept waiting by a full disk.

Whoever asks about a request must be the person, or the source through which it came, or an officer: otherwise it does not exist.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from audit import LogUnavailableError
from consent import (
    REPORTING,
    STOPPING,
    ConsentError,
    Filed,
    Identity,
    Notification,
    OvertakenError,
    Right,
    RightsAct,
    RightsRequest,
    RightsStatus,
    RightsStep,
    StepRefusal,
    Why,
    received,
    take_step,
)
from gateway.clock import Clock
from gateway.gathering import Gathering
from gateway.lasting.keeping import KeptForRights
from gateway.rights.carrying_out import CarryingOut
from gateway.rights.entries import RightsEntries
from gateway.rights.papers import Papers
from gateway.rights.reporting import ReportForm
from gateway.rights.telling import Telling
from gateway.rights.unfinished import Unfinished
from privacy import SubjectRef

_LABEL = b"volens/rights-holder/v1\0"
_ID_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsAsked:
    """What somebody asks for."""

    subject: SubjectRef
    """Whose right it is."""
    right: Right
    """The right that is exercised."""
    identity: Identity
    """Who confirmed who the person is."""
    source: str
    """Through which source it comes."""
    purpose: str | None = None
    """Objection: to which purpose; None: to all."""
    item: str | None = None
    """Rectification: which item is not to be used."""
    lifts: bool = False
    """Restriction: end it."""


class RightsDesk:
    """Takes requests, carries them out, and says how they stand."""

    def __init__(
        self,
        *,
        kept: KeptForRights,
        gathering: Gathering,
        entries: RightsEntries,
        carrying_out: CarryingOut,
        papers: Papers,
        telling: Telling,
    ) -> None:
        """Keep requests in the store of `kept`, called through `gathering`; know their holders again by its key."""
        self.owes_log = False
        """Whether a step was committed that the log could not take."""
        self._keyed = hmac.new(kept.key, _LABEL, hashlib.sha256)
        self._store = kept.store
        self._run = gathering.run
        self._entries = entries
        self._carrying_out = carrying_out
        self._reporting = papers.reporting
        self.certificates = papers.certificates
        """What somebody keeps who was erased."""
        self.pages = papers.pages
        """Where they see how it stands."""
        self._telling = telling
        self._unfinished = Unfinished()
        self._clock: Clock = carrying_out.clock

    async def open(self, asked: RightsAsked) -> Filed:
        """File a request and, if it is known who asks, carry it out.

        Raises:
            LogUnavailableError: a request for data cannot be recorded now; send it again.
            StoreUnavailableError: it could not be filed.
        """
        reserved = asked.right in STOPPING
        if not reserved and not self._entries.possible:
            raise LogUnavailableError("the log cannot take a request for data now")
        request_id = os.urandom(_ID_BYTES)
        request = RightsRequest(
            request_id=request_id,
            subject=asked.subject,
            holder=self._holder(request_id, asked.subject),
            right=asked.right,
            status=RightsStatus.IN_PROGRESS,
            identity=asked.identity,
            source=asked.source,
            received_at=self._clock.now(),
            due_at=0,
            purpose=asked.purpose,
            lifts=asked.lifts,
        )
        opened, first = received(request)
        filed = Filed(opened, (first,))
        erases = opened.right is Right.ERASURE
        notifications = self._telling.notifications_of(request_id, self._everybody(opened)) if erases else []
        await self._run(partial(self._store.add, filed, notifications, reserved=reserved))
        with self._unfinished.carrying_out(opened):
            await self._sequence(filed, [first])
            return await self._carry_out(await self._again(filed), asked.item)

    async def step(
        self, filed: Filed, act: RightsAct, why: Why, item: str | None = None
    ) -> Filed | StepRefusal:
        """Let something happen to a request; once the identity is confirmed, it is carried out.

        Raises:
            OvertakenError: another step came first.
            StoreUnavailableError: it could not be filed.
        """
        taken = take_step(filed, act, why, self._clock.now())
        if isinstance(taken, StepRefusal):
            return taken
        taken = await self._file(taken)
        if act is RightsAct.IDENTITY_CONFIRMED:
            return await self._carry_out(taken, item)
        return taken

    async def status(
        self, request_id: bytes, *, holder: SubjectRef | None = None, source: str | None = None
    ) -> Filed | None:
        """A request, if whoever asks may know of it: its holder, or its source; an officer gives neither.

        Returns:
            None if there is none, or none for them: the two look alike.
        """
        filed = await self._run(self._store.get, request_id)
        if filed is None:
            return None
        if holder is not None and not hmac.compare_digest(
            filed.request.holder, self._holder(request_id, holder)
        ):
            return None
        return None if source is not None and filed.request.source != source else filed

    async def still_open(self) -> list[Filed]:
        """Every request that has not come to its end, the oldest first: for officers."""
        return await self._run(self._store.still_open)

    def when_erased(self, tell: Callable[[SubjectRef], None]) -> None:
        """Let `tell` learn of everybody who is erased, by pseudonym: sessions end, say."""
        self._carrying_out.on_erased.append(tell)

    async def requests_of(self, subject: SubjectRef) -> list[Filed]:
        """A person's requests, the oldest first."""
        return await self._run(self._store.of_subject, subject)

    async def notifications_of(self, request_id: bytes) -> list[Notification]:
        """Who was told of an erasure, and who has confirmed it."""
        return await self._run(self._store.notifications_of, request_id)

    async def erase(self, subject: SubjectRef, identity: Identity, source: str) -> Filed:
        """Erase a person, by a request like any other."""
        asked = RightsAsked(subject=subject, right=Right.ERASURE, identity=identity, source=source)
        return await self.open(asked)

    async def access_report(self, subject: SubjectRef, form: ReportForm, locale: str) -> bytes:
        """Everything held about a person, in one of the forms. Whoever hands it out notes that (`provided`)."""
        return await self._reporting.write(subject, form, locale)

    async def provided(self, filed: Filed) -> Filed | None:
        """Note that a report is handed out now; the first time closes the request. None: it is not at a point for that.

        Raises:
            LogUnavailableError: it cannot be recorded, so it must not be handed out.
        """
        if not self._entries.possible:
            raise LogUnavailableError("the log cannot take this now")
        noted = await self.step(filed, RightsAct.PROVIDED, Why.NONE)
        if isinstance(noted, StepRefusal):
            return None
        if noted.request.status is RightsStatus.COMPLETED:
            return noted
        closed = await self.step(noted, RightsAct.COMPLETED, Why.NONE)
        return noted if isinstance(closed, StepRefusal) else closed

    def start(self) -> None:
        """Begin to tell recipients, to pay the log what it is owed, and to end what was begun."""
        self._telling.start(self._is_something_owed, self._go_on)

    async def stop(self) -> None:
        """End what `start` began."""
        await self._telling.stop()

    async def resume(self) -> None:
        """Carry on with what a crash left: called before anything is served. What fails is tried again later.

        Raises:
            ConsentError: the records could not say what is left.
        """
        await self.sequence_leftovers()
        for filed in await self._run(self._store.still_open):
            if filed.request.right is not Right.RECTIFICATION:
                await self._finish(filed)

    def _is_something_owed(self) -> bool:
        return bool(self._unfinished) or (self.owes_log and self._entries.possible)

    async def _go_on(self) -> None:
        for request_id in self._unfinished.ids():
            filed = await self._run(self._store.get, request_id)
            if filed is None or filed.request.status is not RightsStatus.IN_PROGRESS:
                self._unfinished.done(request_id)
            else:
                await self._finish(filed)
        if self.owes_log and self._entries.possible:
            await self.sequence_leftovers()

    async def _finish(self, filed: Filed) -> None:
        with suppress(ConsentError, LogUnavailableError):
            await self._carry_out(filed, None)

    async def sequence_leftovers(self) -> None:
        """Sequence steps that were committed and never reached the log."""
        self.owes_log = False
        for request_id, number in await self._run(self._store.unsequenced_steps):
            filed = await self._run(self._store.get, request_id)
            if filed is not None:
                await self._sequence(filed, [filed.steps[number - 1]])

    async def _carry_out(self, filed: Filed, item: str | None) -> Filed:
        request = filed.request
        if request.status is not RightsStatus.IN_PROGRESS or request.right in REPORTING:
            return filed
        with self._unfinished.carrying_out(request):
            why = await self._carrying_out.carry_out(request, item)
            done = RightsAct.COMPLETED if why is Why.NONE else RightsAct.REFUSED
            closed = take_step(await self._again(filed), done, why, self._clock.now())
            if isinstance(closed, StepRefusal):
                return filed
            closed = await self._file(closed)
        self._telling.wake()
        return closed

    async def _file(self, filed: Filed) -> Filed:
        reserved = filed.request.right in STOPPING
        await self._run(partial(self._store.go_on, filed, reserved=reserved))
        await self._sequence(filed, filed.steps[-1:])
        return await self._again(filed)

    async def _again(self, filed: Filed) -> Filed:
        """The request as it stands now."""
        found = await self._run(self._store.get, filed.request.request_id)
        if found is None:
            raise OvertakenError("the request is gone")
        return found

    async def _sequence(self, filed: Filed, steps: Sequence[RightsStep]) -> None:
        try:
            placed = await self._entries.append(filed, steps, reserved=filed.request.right in STOPPING)
        except LogUnavailableError:
            self.owes_log = True
            return
        await self._run(self._store.mark_steps_sequenced, placed)

    def _everybody(self, request: RightsRequest) -> list[SubjectRef]:
        """The person, and whoever is linked to them."""
        if request.subject is None:
            return []
        return [request.subject, *self._carrying_out.identities.linked_with(request.subject)]

    def _holder(self, request_id: bytes, subject: SubjectRef) -> bytes:
        keyed = self._keyed.copy()
        keyed.update(request_id + subject)
        return keyed.digest()[:_ID_BYTES]
