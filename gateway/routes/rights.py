"""Rights of data subjects: asking, and how a request stands."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from consent import Filed, Identity, Notification, Right, RightsAct, RightsStatus, StepRefusal, Why
from gateway.callers.principals import Principal
from gateway.errors import NotFoundError, QuestionInvalidError, RightsStepRefusedError
from gateway.rights.answers import describe
from gateway.rights.desk import RightsAsked
from gateway.rights.report_page import CONTENT_SECURITY_POLICY
from gateway.rights.reporting import FORMS, MEDIA_TYPES, ReportForm
from gateway.routes.bodies import ServicesDep, StrictBody, described, strict
from gateway.routes.callers import Admin, Rights, identity_of
from gateway.routes.consents import Subject, subject_of
from gateway.routes.services import Services

router = APIRouter(prefix="/v1/rights", tags=["rights"])

_ID_DIGITS = 32


class RightsBody(StrictBody):
    """A request to exercise a right."""

    subject: Subject
    """The person whose request it is."""
    type: Literal["access", "portability", "rectification", "objection", "restriction", "erasure"]
    """Which right is exercised."""
    purpose: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    """Objection: to this purpose only."""
    item: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    """Rectification: the item that is not to be used any more."""
    lift: bool = False
    """Restriction: end it."""
    identity_confirmed: bool = True
    """Whether the caller knows that the person is who they say. If not, the request waits until it does."""


class RightsStepBody(StrictBody):
    """What happens to a request."""

    act: Literal["identity_confirmed", "withdrawn", "refused", "extended"]
    """What was done."""
    reason: Annotated[str, Field(max_length=64)] | None = None
    """Why: an extension and a refusal need one."""
    item: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    """With a confirmation: the item that a rectification is about."""


@router.post("", openapi_extra=described(RightsBody))
async def exercise(
    caller: Rights, body: Annotated[RightsBody, Depends(strict(RightsBody))], services: ServicesDep
) -> dict[str, Any]:
    """Exercise a right. Somebody unknown is answered in the same form, and erased all the same."""
    if body.purpose is not None and services.policy.rule(body.purpose) is None:
        raise QuestionInvalidError  # a text of the caller's own is kept nowhere
    identity = identity_of(caller, lifts=body.lift)
    asked = RightsAsked(
        subject=subject_of(body.subject, caller, services),
        right=Right(body.type),
        identity=identity if body.identity_confirmed or caller.subject is not None else Identity.PENDING,
        source=caller.source_id,
        purpose=body.purpose,
        item=body.item,
        lifts=body.lift,
    )
    return await _answer(await services.rights.open(asked), caller, services)


@router.get("")
async def open_requests(_caller: Admin, services: ServicesDep) -> dict[str, Any]:
    """Every request that waits for an answer, the oldest first: for administrators, who keep the deadlines."""
    return {"requests": [_told(filed, (), services) for filed in await services.rights.still_open()]}


@router.get("/keys")
async def certificate_keys(services: ServicesDep) -> dict[str, Any]:
    """The public keys that certificates of erasure are verified with (JWKS): the one in use, then those before it."""
    return {"keys": services.rights.certificates.public_keys}


@router.get("/{request_id}")
async def request_status(request_id: str, caller: Rights, services: ServicesDep) -> dict[str, Any]:
    """How a request stands: for the source through which it came, for the person, and for an administrator."""
    return await _answer(await _filed(request_id, caller, services), caller, services)


@router.post("/{request_id}/steps", openapi_extra=described(RightsStepBody))
async def take_step(
    request_id: str,
    caller: Rights,
    body: Annotated[RightsStepBody, Depends(strict(RightsStepBody))],
    services: ServicesDep,
) -> dict[str, Any]:
    """Confirm an identity or withdraw a request; refusing and extending is for an administrator."""
    filed = await _filed(request_id, caller, services)
    act = RightsAct(body.act)
    if act in (RightsAct.REFUSED, RightsAct.EXTENDED):
        caller.require("admin")
    if act is RightsAct.IDENTITY_CONFIRMED and caller.subject is not None:
        raise RightsStepRefusedError(StepRefusal.WRONG_REASON.value)
    done = await services.rights.step(filed, act, _why(act, body.reason), body.item)
    if isinstance(done, StepRefusal):
        raise RightsStepRefusedError(done.value)
    return await _answer(done, caller, services)


@router.get("/{request_id}/certificate")
async def certificate(
    request_id: str, caller: Rights, response: Response, services: ServicesDep
) -> dict[str, Any]:
    """The certificate of an erasure: signed, with the proof that it is in the log, verifiable offline."""
    filed = await _filed(request_id, caller, services)
    made = await asyncio.to_thread(services.rights.certificates.make, filed)
    if made is None:
        raise NotFoundError
    response.headers["cache-control"] = "no-store"
    return made


@router.get("/{request_id}/report")
async def report(
    request_id: str,
    caller: Rights,
    services: ServicesDep,
    form: Annotated[ReportForm | None, Query(alias="format")] = None,
    lang: Annotated[str, Query(pattern="^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$", max_length=12)] = "en",
) -> Response:
    """The data that a request for access or portability asked for, as they are now. Handing them out is recorded first."""
    filed = await _filed(request_id, caller, services)
    forms = FORMS.get(filed.request.right, ())
    wanted = forms[0] if form is None and forms else form
    if filed.request.subject is None or wanted not in forms or wanted is None:
        raise NotFoundError
    body = await services.rights.access_report(filed.request.subject, wanted, lang)
    if not await services.rights.provided(filed):
        raise NotFoundError
    headers = {
        "cache-control": "no-store",
        "content-disposition": f'attachment; filename="your-data.{wanted.value}"',
        "content-security-policy": CONTENT_SECURITY_POLICY,
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
    return Response(body, media_type=MEDIA_TYPES[wanted], headers=headers)


def _why(act: RightsAct, reason: str | None) -> Why:
    if act is RightsAct.IDENTITY_CONFIRMED:
        return Why.APP_CREDENTIAL
    try:
        return Why.NONE if reason is None else Why(reason)
    except ValueError:
        raise RightsStepRefusedError(StepRefusal.WRONG_REASON.value) from None


async def _filed(request_id: str, caller: Principal, services: Services) -> Filed:
    """The request of that id, if this caller may know of it.

    Raises:
        NotFoundError: there is none for them.
    """
    try:
        raw = bytes.fromhex(request_id) if len(request_id) == _ID_DIGITS else b""
    except ValueError:
        raw = b""
    source = None if caller.allows("admin") or caller.subject is not None else caller.source_id
    filed = await services.rights.status(raw, holder=caller.subject, source=source)
    if filed is None:
        raise NotFoundError
    return filed


async def _answer(filed: Filed, caller: Principal, services: Services) -> dict[str, Any]:
    notifications = await services.rights.notifications_of(filed.request.request_id)
    return _told(filed, notifications, services, names=caller.allows("admin"))


def _told(
    filed: Filed, notifications: Sequence[Notification], services: Services, *, names: bool = False
) -> dict[str, Any]:
    origin, now = services.settings.log.origin, services.clock.now()
    return {**describe(filed, notifications, origin, now, names=names), "page": _page(filed, services)}


def _page(filed: Filed, services: Services) -> str | None:
    """Where whoever was erased sees how it stands, without an account: nothing there that is not in the answer, too."""
    done = filed.request.status is RightsStatus.COMPLETED and filed.request.right is Right.ERASURE
    if not done or not services.settings.portal.enabled:
        return None
    name = services.rights.pages.name_of(filed.request.request_id)
    return f"{services.settings.server.public_url or ''}/portal/erased/{name}"
