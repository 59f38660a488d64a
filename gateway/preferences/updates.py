"""Keeps what a `Segment Consent Preference Updated` says no to.

- Only from a credential that confirms ids: a browser's key is public, and what it claims counts for its own event alone.
- A no is written once: a purpose that is denied already is left as it is.
- It is `cmp_asserted`: the person lifts it, and so does any app that has it from the person; another banner's yes does not.
"""

from __future__ import annotations

from consent import (
    OBJECTABLE,
    ActorKind,
    ConsentRequest,
    Evidence,
    LegalBasis,
    Policy,
    Status,
    denied_by_update,
)
from gateway.callers.principals import Principal
from gateway.consents.desk import ConsentDesk
from gateway.identities import Identities
from gateway.memory.people import People
from gateway.wire.tracked_event import EventContext, TrackedEvent
from privacy import SubjectRef

METHOD = "consent preference updated"


class PreferenceUpdates:
    """Heeds updates. Lives on the event loop."""

    def __init__(self, policy: Policy, desk: ConsentDesk, people: People, identities: Identities) -> None:
        """Write by `desk` what is not denied yet."""
        self._policy = policy
        self._desk = desk
        self._people = people
        self._identities = identities

    async def heed(self, event: TrackedEvent, source: Principal) -> None:
        """Write the denials that an update of a confirming source tells of.

        Raises:
            ConsentError: the ledger could not take them; the source sends the event again.
        """
        context = event.context
        if not source.confirms_ids or type(context) is not EventContext:
            return
        ref = self._whose(event)
        if ref is None:
            return
        for purpose in denied_by_update(bytes(context.consent), self._policy):
            status = self._ending(ref, purpose)
            if status is not None:
                await self._desk.write(ref, self._request(purpose, status), ActorKind.APP, source.source_id)

    def _whose(self, event: TrackedEvent) -> SubjectRef | None:
        """The person it is about, as for every event: who is named and cannot be read is not taken for the browser."""
        if event.userId not in (None, ""):
            known, anonymous = event.userId, None
        else:
            known, anonymous = None, event.anonymousId
        return self._identities.ref_of(known=known, anonymous=anonymous)

    def _ending(self, ref: SubjectRef, purpose: str) -> Status | None:
        """What a no to this purpose is called; None if it is denied already, or no no can be said to it."""
        rule = self._policy.rules[self._policy.bits[purpose]]
        slot = self._people.slot_of.get(ref)
        if slot is not None and self._people.refused[slot] >> rule.bit & 1:
            return None
        if rule.legal_basis is not LegalBasis.CONSENT:
            return Status.OBJECTED if rule.legal_basis in OBJECTABLE else None
        permitted = slot is not None and bool(self._people.mask[slot] >> rule.bit & 1)
        return Status.WITHDRAWN if permitted else Status.REFUSED

    def _request(self, purpose: str, status: Status) -> ConsentRequest:
        return ConsentRequest(
            purpose=purpose,
            status=status,
            method=METHOD,
            locale=self._policy.default_locale,
            evidence=Evidence.CMP_ASSERTED,
        )
