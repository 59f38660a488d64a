"""The portal's two seams, filled: receipts of consent, and the desk of rights, for the person who is signed in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

from consent import Filed, Identity, Right, RightsStatus
from gateway.errors import UnavailableError
from gateway.identities import Identities
from gateway.own_slates.controls import Controls, Wish
from gateway.portal.neighbours import Erased, Keepsake, RightsRequest
from gateway.receipts.receipts import Receipts
from gateway.rights.desk import RightsAsked, RightsDesk
from gateway.rights.reporting import MEDIA_TYPES, ReportForm
from gateway.wording.languages import Language
from privacy import SubjectRef

SOURCE = "portal"
"""Through which source these requests come."""

PROOF_SECONDS = 3.0
"""How long the answer to an erasure waits for the checkpoint that proves it."""

_FORMS = {"html": ReportForm.HTML, "json": ReportForm.JSON, "zip": ReportForm.ZIP}
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

    def __init__(self, desk: RightsDesk, controls: Controls, identities: Identities) -> None:
        """Ask `desk` and `controls`, as the person themselves and whom they are linked to by `identities`."""
        self._desk = desk
        self._controls = controls
        self._identities = identities

    async def requests_of(self, ref: SubjectRef) -> Sequence[RightsRequest]:
        """See the port."""
        return [_described(filed) for filed in reversed(await self._desk.requests_of(ref))]

    async def data_of(self, ref: SubjectRef, form: str, language: Language) -> Keepsake | None:
        """See the port."""
        report_form = _FORMS.get(form)
        if report_form is None:
            return None
        filed = await self._desk.open(_asked(ref, Right.ACCESS))
        body = await self._desk.access_report(ref, report_form, language.code)
        await self._desk.provided(filed)
        return Keepsake(f"my-data.{form}", MEDIA_TYPES[report_form].partition(";")[0], body)

    async def do_not_use(self, ref: SubjectRef, item: str) -> bool:
        """See the port."""
        filed = await self._desk.open(_asked(ref, Right.RECTIFICATION, item))
        return filed.request.status is RightsStatus.COMPLETED

    async def use_again(self, ref: SubjectRef, item: str) -> bool:
        """See the port."""
        ended = [
            await self._controls.carry_out(
                Wish.USE_AGAIN, each, item, identity=Identity.PERSON, source=SOURCE
            )
            for each in {ref, self._identities.linked_or_own(ref)}
        ]
        return any(ended)

    async def erase(self, ref: SubjectRef) -> Erased:
        """See the port."""
        filed = await self._desk.erase(ref, Identity.PERSON, SOURCE)
        return Erased(filed.request.request_id.hex(), await self._certificate(filed))

    async def _certificate(self, filed: Filed) -> bytes | None:
        """The certificate, once a checkpoint covers the erasure; None if that does not come soon."""
        give_up = asyncio.get_running_loop().time() + PROOF_SECONDS
        while asyncio.get_running_loop().time() < give_up:
            now = await self._desk.status(filed.request.request_id)
            try:
                made = None if now is None else await asyncio.to_thread(self._desk.certificates.make, now)
            except UnavailableError:
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                return None if made is None else json.dumps(made, indent=1).encode()
        return None


def _asked(ref: SubjectRef, right: Right, item: str | None = None) -> RightsAsked:
    return RightsAsked(subject=ref, right=right, identity=Identity.PERSON, source=SOURCE, item=item)


def _described(filed: Filed) -> RightsRequest:
    request = filed.request
    return RightsRequest(request.right.value, request.status.value, request.received_at, request.due_at)
