"""What a request comes to once it is known who asks: one method for each right.

- Objection: a purpose that rests on legitimate interests or a public task is objected to, one by consent is withdrawn; any other
  basis does not know it, and the request is refused. Without a purpose it is about every one that can be stopped.
- Restriction: everything stops until it is lifted, in the browsers that count as the person too; a browser that is restricted
  itself stands for itself again. What the person set themselves an app does not lift.
- Rectification: what is held is minimised signals, which nobody edits: the disputed item is not used any more, in the very next
  slate, and in no training.
- Of a browser that counts as somebody who signed in on it, objection and rectification hold for both; rectification in every
  browser of that person.
- Erasure: the person and every anonymous person linked to them.
- Access, portability: nothing changes; the report is made when it is fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from consent import (
    DENIALS,
    RESTRICTION,
    ActorKind,
    ConsentLedger,
    ConsentRecord,
    ConsentRequest,
    Evidence,
    Identity,
    LegalBasis,
    Policy,
    Right,
    RightsRequest,
    Status,
    Why,
    WriteRefusal,
    stand,
)
from gateway.clock import Clock
from gateway.consents.desk import ConsentDesk
from gateway.gathering import Gathering
from gateway.identities import Identities
from gateway.lasting.disputing import Disputing
from privacy import SubjectRef

_METHOD = "rights-request"


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryingOut:
    """Carries out requests."""

    policy: Policy
    """The policy in force."""
    desk: ConsentDesk
    """Changes consent, and erases."""
    ledger: ConsentLedger
    """What stands, called through `gathering`."""
    gathering: Gathering
    """The way to the records."""
    identities: Identities
    """Who is linked with whom."""
    disputing: Disputing
    """Items that are not to be used."""
    clock: Clock
    """The one clock."""
    on_erased: list[Callable[[SubjectRef], None]]
    """Who else must know that somebody was erased: sessions, say."""

    async def carry_out(self, request: RightsRequest, item: str | None = None) -> Why:
        """Do what is asked for; `NONE` if it is done, otherwise why it is refused. Doing it again changes nothing.

        Raises:
            LogUnavailableError, ConsentError: it could not be done now.
        """
        ref = request.subject
        if ref is None:
            return Why.NONE
        match request.right:
            case Right.OBJECTION:
                return await self._object(ref, request)
            case Right.RESTRICTION:
                return await self._restrict(ref, request)
            case Right.RECTIFICATION:
                return await self._rectify(ref, item)
            case Right.ERASURE:
                await self.erase(ref)
        return Why.NONE

    async def erase(self, ref: SubjectRef) -> None:
        """Erase a person, and whoever is linked to them: nothing of any of them is used from the first moment on."""
        everybody = [*self.identities.linked_with(ref), ref]
        self.desk.begin_to_erase(everybody)
        for each in everybody:
            await self.desk.erase(each)
            self._tell(each)

    def _tell(self, ref: SubjectRef) -> None:
        for tell in self.on_erased:
            tell(ref)

    async def _object(self, ref: SubjectRef, request: RightsRequest) -> Why:
        records = await self.gathering.run(self.ledger.records_of, ref) or {}
        if request.purpose is not None:
            return await self._stop(ref, request, request.purpose)
        linked = self.identities.linked_or_own(ref) != ref
        for purpose in self.policy.purposes:
            if linked or not _stopped(records, purpose.id):
                await self._stop(ref, request, purpose.id)
        return Why.NONE

    async def _stop(self, ref: SubjectRef, request: RightsRequest, purpose: str) -> Why:
        rule = self.policy.rule(purpose)
        by_consent = rule is not None and rule.legal_basis is LegalBasis.CONSENT
        status = Status.WITHDRAWN if by_consent else Status.OBJECTED
        change = ConsentRequest(
            purpose=purpose, status=status, method=_METHOD, locale=self.policy.default_locale
        )
        written = await self.desk.write(ref, change, _actor(request), request.source)
        return Why.NOT_OBJECTABLE if isinstance(written, WriteRefusal) else Why.NONE

    async def _restrict(self, ref: SubjectRef, request: RightsRequest) -> Why:
        records = await self.gathering.run(self.ledger.records_of, ref) or {}
        present = records.get(RESTRICTION)
        actor = _actor(request)
        in_force = present is not None and present.status is Status.RESTRICTED
        if request.lifts and not in_force:
            return Why.NONE
        by_person = in_force and present is not None and present.evidence is Evidence.USER_ACTION
        if request.lifts and by_person and request.identity is Identity.APP:
            return Why.SET_BY_THE_PERSON
        if not request.lifts and in_force and (by_person or actor is ActorKind.APP):
            return Why.NONE
        change = stand(RESTRICTION, not request.lifts, actor, self.policy, self.clock.now())
        await self.desk.stand(ref, change, request.source)
        return Why.NONE

    async def _rectify(self, ref: SubjectRef, item: str | None) -> Why:
        if item is None:
            return Why.NOTHING_SUCH_HELD
        whose = {ref, *self.identities.everybody(ref)}
        held = [await self.disputing.dispute(each, item, self.clock.now()) for each in whose]
        return Why.NONE if any(held) else Why.NOTHING_SUCH_HELD


def _actor(request: RightsRequest) -> ActorKind:
    return ActorKind.PERSON if request.identity is Identity.PERSON else ActorKind.APP


def _stopped(records: Mapping[str, ConsentRecord], purpose: str) -> bool:
    record = records.get(purpose)
    return record is not None and record.status in DENIALS
