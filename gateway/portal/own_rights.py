"""The portal's two seams, filled: receipts of consent, and the desk of rights, for the person who is signed in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace

from consent import REPORTING, Filed, Identity, Right, RightsAct, RightsStatus, Why
from gateway.errors import UnavailableError
from gateway.own_slates.controls import Controls, Wish
from gateway.portal.neighbours import Erased, Keepsake, RightsRequest, ToldRecipient
from gateway.receipts.receipts import Receipts
from gateway.rights.desk import RightsAsked, RightsDesk
from gateway.rights.reporting import FORMS, MEDIA_TYPES
from gateway.rights.status_links import StatusLinks
from gateway.wording.languages import Language
from privacy import SubjectRef

SOURCE = "portal"
"""Through which source these requests come."""

PROOF_SECONDS = 3.0
"""How long the certificate of an erasure waits for the checkpoint that proves it."""

_PAUSE_SECONDS = 0.05


class OwnReceipts:
    """`gateway.portal.neighbours.Receipts`, over the receipts of consent."""

    def __init__(self, receipts: Receipts) -> None:
        """Hand out these."""
        self._receipts = receipts

    async def receipt(self, ref: SubjectRef, receipt_id: bytes) -> Keepsake | None:
        """See the port."""
        found = await self._receipts.receipt(receipt_id.hex(), of=ref)
        return None if found is None else Keepsake(found.file_name, "application/json", found.content)


class OwnRights:
    """`gateway.portal.neighbours.PersonRights`, over the desk of rights."""

    def __init__(self, desk: RightsDesk, controls: Controls, links: StatusLinks) -> None:
        """Ask `desk` and `controls`, as the person themselves; name pages by `links`."""
        self._desk = desk
        self._controls = controls
        self._links = links

    async def requests_of(self, ref: SubjectRef) -> Sequence[RightsRequest]:
        """See the port."""
        return [_described(filed) for filed in reversed(await self._desk.requests_of(ref))]

    async def data_of(
        self, ref: SubjectRef, form: str, language: Language, request_id: str = ""
    ) -> Keepsake | None:
        """See the port."""
        filed = await self._own(ref, request_id) if request_id else None
        right = Right.ACCESS if filed is None else filed.request.right
        report_form = next((each for each in FORMS.get(right, ()) if each == form), None)
        if report_form is None or (request_id and (filed is None or form not in _forms(filed))):
            return None
        if filed is None:
            filed = await self._desk.open(_asked(ref, Right.ACCESS))
        body = await self._desk.access_report(ref, report_form, language.code)
        if await self._desk.provided(filed) is None:
            return None
        return Keepsake(f"my-data.{form}", MEDIA_TYPES[report_form].partition(";")[0], body)

    async def restrict(self, ref: SubjectRef, *, lifts: bool) -> bool:
        """See the port."""
        filed = await self._desk.open(replace(_asked(ref, Right.RESTRICTION), lifts=lifts))
        return filed.request.status is RightsStatus.COMPLETED

    async def confirm(self, ref: SubjectRef, request_id: str) -> bool:
        """See the port."""
        filed = await self._own(ref, request_id)
        if filed is None or not _described(filed).waits_for_you or filed.request.right is Right.ERASURE:
            return False
        return await self._confirmed(filed) is not None

    async def take_back(self, ref: SubjectRef, request_id: str) -> bool:
        """See the port."""
        filed = await self._own(ref, request_id)
        if filed is None or not _described(filed).can_take_back:
            return False
        return isinstance(await self._desk.step(filed, RightsAct.WITHDRAWN, Why.NONE), Filed)

    async def do_not_use(self, ref: SubjectRef, item: str) -> bool:
        """See the port."""
        filed = await self._desk.open(_asked(ref, Right.RECTIFICATION, item))
        return filed.request.status is RightsStatus.COMPLETED

    async def use_again(self, ref: SubjectRef, item: str) -> bool:
        """See the port."""
        return await self._controls.carry_out(
            Wish.USE_AGAIN, ref, item, identity=Identity.PERSON, source=SOURCE
        )

    async def erase(self, ref: SubjectRef) -> Erased:
        """See the port."""
        done: Filed | None = None
        for filed in await self._desk.requests_of(ref):
            if filed.request.right is Right.ERASURE and _described(filed).waits_for_you:
                done = await self._confirmed(filed) or done
        if done is None:
            done = await self._desk.erase(ref, Identity.PERSON, SOURCE)
        return await self._described_erasure(done)

    async def erased(self, name: str) -> Erased | None:
        """See the port."""
        filed = await self._erasure(name)
        return None if filed is None else await self._described_erasure(filed)

    async def certificate(self, name: str) -> bytes | None:
        """See the port: waits a moment for the checkpoint that covers it."""
        filed = await self._erasure(name)
        give_up = asyncio.get_running_loop().time() + PROOF_SECONDS
        while filed is not None:
            try:
                made = await asyncio.to_thread(self._desk.certificates.make, filed)
            except UnavailableError:
                if asyncio.get_running_loop().time() > give_up:
                    raise
                await asyncio.sleep(_PAUSE_SECONDS)
                filed = await self._erasure(name)
            else:
                return None if made is None else json.dumps(made, indent=1).encode()
        return None

    async def _erasure(self, name: str) -> Filed | None:
        """The erasure whose page has this name, once it is done."""
        request_id = self._links.request_of(name)
        filed = None if request_id is None else await self._desk.status(request_id)
        if filed is None or filed.request.right is not Right.ERASURE:
            return None
        return filed if filed.request.status is RightsStatus.COMPLETED else None

    async def _described_erasure(self, filed: Filed) -> Erased:
        request = filed.request
        told = await self._desk.notifications_of(request.request_id)
        recipients = [ToldRecipient(each.destination, each.state.value, each.settled_at) for each in told]
        at = request.received_at if request.closed_at is None else request.closed_at
        return Erased(self._links.name_of(request.request_id), at, recipients)

    async def _confirmed(self, filed: Filed) -> Filed | None:
        """A request, carried out because the person says that it was they who asked; None if it came to its end meanwhile."""
        done = await self._desk.step(filed, RightsAct.IDENTITY_CONFIRMED, Why.PERSON_SESSION)
        return done if isinstance(done, Filed) else None

    async def _own(self, ref: SubjectRef, request_id: str) -> Filed | None:
        """A request of this person's; somebody else's and one that never was look alike."""
        own = await self._desk.requests_of(ref)
        return next((each for each in own if each.request.request_id.hex() == request_id), None)


def _asked(ref: SubjectRef, right: Right, item: str | None = None) -> RightsAsked:
    return RightsAsked(subject=ref, right=right, identity=Identity.PERSON, source=SOURCE, item=item)


def _described(filed: Filed) -> RightsRequest:
    request = filed.request
    waits = request.status is RightsStatus.IDENTITY_PENDING
    refused = request.status is RightsStatus.REFUSED
    answerable = request.status is RightsStatus.IN_PROGRESS and request.right in REPORTING
    return RightsRequest(
        id=request.request_id.hex(),
        kind=request.right.value,
        lifts=request.lifts,
        status=request.status.value,
        why=filed.steps[-1].why.value if refused else Why.NONE.value,
        received_at=request.received_at,
        due_at=request.due_at if request.closed_at is None else None,
        closed_at=request.closed_at,
        waits_for_you=waits and request.right is not Right.RECTIFICATION,
        can_take_back=waits or answerable,
        forms=_forms(filed),
    )


def _forms(filed: Filed) -> tuple[str, ...]:
    """The forms in which the answer to a request can be had; none while there is no answer, or once it was handed out."""
    ready = filed.request.status is RightsStatus.IN_PROGRESS
    return tuple(each.value for each in FORMS.get(filed.request.right, ())) if ready else ()
