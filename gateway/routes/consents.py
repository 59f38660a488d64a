"""Consent: writing a change, and asking what holds."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import Field

from consent import ActorKind, AgeBand, ConsentRequest, Evidence, Status, WriteRefusal, has_gpc
from gateway.callers.principals import Principal
from gateway.consents.sequencing import Written
from gateway.errors import ConsentChangeRefusedError, NotPermittedError, QuestionInvalidError
from gateway.routes.bodies import ServicesDep, StrictBody, described, strict
from gateway.routes.callers import ConsentReader, ConsentWriter, keep_pace
from gateway.routes.services import Services
from privacy import SubjectRef

router = APIRouter(prefix="/v1/consents", tags=["consent"])

RawId = Annotated[str, Field(min_length=1, max_length=256)]


class Subject(StrictBody):
    """A person, by exactly one of the two."""

    id: RawId | None = None
    """The app's id of a signed-in person."""
    anonymous_id: RawId | None = None
    """The app's id of a browser or device."""


class ConsentChangeBody(StrictBody):
    """A change of consent for one purpose or condition."""

    subject: Subject
    """The person whose consent changes."""
    purpose: Annotated[str, Field(min_length=1, max_length=64)]
    """Its id in the policy."""
    status: Literal["given", "refused", "withdrawn", "objected", "revoked"]
    """What it becomes."""
    notice_version: Annotated[str, Field(max_length=64)] | None = None
    """Which notice was shown; the one in force when not said."""
    notice: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    """SHA-256, in hexadecimal, of an earlier notice that was shown; only with a time at which it was the one in force."""
    method: Annotated[str, Field(min_length=1, max_length=64)]
    """How the person showed their will."""
    locale: Annotated[str, Field(min_length=2, max_length=35)] = "en"
    """In which language."""
    occurred_at: Annotated[int, Field(ge=0, le=1 << 40)] | None = None
    """When the person acted (unix seconds); now when not said."""
    ui_variant: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    """SHA-256, in hexadecimal, of how the question was presented."""
    jurisdiction: Annotated[str, Field(pattern="^[A-Z]{2}(-[A-Z0-9]{1,3})?$")] | None = None
    """Whose law applies: `EU`, or a country's or region's code."""
    evidence: Literal["app_asserted", "cmp_asserted", "import"] | None = None
    """How the caller has it: at first hand, from a consent manager, or taken over from before. Never makes it better."""


class AgeBandBody(StrictBody):
    """What is said of a person's age."""

    subject: Subject
    """The person whose age it is."""
    age_band: Literal["0-12", "13-15", "16-17", "18+"]
    """How old: years, both included."""


class ConsentQueryBody(StrictBody):
    """Whose consent is asked about."""

    subject: Subject
    """The person asked about."""


@router.put("", openapi_extra=described(ConsentChangeBody))
async def put_consent(
    caller: ConsentWriter,
    request: Request,
    body: Annotated[ConsentChangeBody, Depends(strict(ConsentChangeBody))],
    services: ServicesDep,
) -> dict[str, Any]:
    """Write a change of consent. A withdrawal is final when this answers.

    With `Sec-GPC: 1` nothing that the signal denies is given.
    """
    ref = subject_of(body.subject, caller, services)
    if body.status == "given" and has_gpc(request.headers.raw) and _denied_by_gpc(body.purpose, services):
        services.desk.refused[WriteRefusal.DENIED_BY_SIGNAL] += 1
        raise ConsentChangeRefusedError(WriteRefusal.DENIED_BY_SIGNAL.value)
    change = ConsentRequest(
        purpose=body.purpose,
        status=Status(body.status),
        method=body.method,
        locale=body.locale,
        notice_version=body.notice_version,
        notice=None if body.notice is None else bytes.fromhex(body.notice),
        occurred_at=body.occurred_at,
        ui_variant=None if body.ui_variant is None else bytes.fromhex(body.ui_variant),
        jurisdiction=body.jurisdiction,
        evidence=None if body.evidence is None else Evidence(body.evidence),
    )
    actor = ActorKind.PERSON if caller.kind == "person" else ActorKind.APP
    keep_pace(caller, ref, services, ends=None if body.status == "given" else body.purpose)
    written = await services.desk.write(ref, change, actor, caller.source_id)
    if isinstance(written, WriteRefusal):
        raise ConsentChangeRefusedError(written.value)
    return _receipt(written, services)


@router.put("/age-band", openapi_extra=described(AgeBandBody))
async def put_age_band(
    caller: ConsentWriter, body: Annotated[AgeBandBody, Depends(strict(AgeBandBody))], services: ServicesDep
) -> dict[str, Any]:
    """Say how old a person is. Whoever is under eighteen is not profiled from this moment on, whatever they consented to."""
    ref = subject_of(body.subject, caller, services)
    actor = ActorKind.PERSON if caller.kind == "person" else ActorKind.APP
    keep_pace(caller, ref, services)
    written = await services.ages.state(
        ref, AgeBand(body.age_band), actor, caller.source_id, by_administrator=caller.allows("admin")
    )
    if isinstance(written, WriteRefusal):
        raise ConsentChangeRefusedError(written.value)
    index = None if written is None else written.indices[0]
    place = None if index is None else {"log": services.settings.log.origin, "index": index}
    return {"age_band": body.age_band, "changed": written is not None, "audit": place}


@router.post("/query", openapi_extra=described(ConsentQueryBody))
async def query_consents(
    caller: ConsentReader,
    body: Annotated[ConsentQueryBody, Depends(strict(ConsentQueryBody))],
    services: ServicesDep,
) -> dict[str, Any]:
    """What a person permits now, purpose by purpose. Somebody unknown looks like somebody who never answered."""
    return standing_of(subject_of(body.subject, caller, services), services)


def standing_of(ref: SubjectRef, services: Services) -> dict[str, Any]:
    """What a person permits now, as it is answered: the policy, and of each purpose whether and why."""
    slot = services.people.slot_of.get(services.identities.linked_or_own(ref))
    mask = 0 if slot is None else services.enforcement.permitted_bits(slot, services.clock.now())
    policy = services.policy
    entries = []
    for rule in policy.rules:
        permitted = bool(mask >> rule.bit & 1)
        reason = (
            "permitted"
            if permitted
            else "no_consent"
            if slot is None
            else services.people.reason(slot, rule.bit)
        )
        entries.append(
            {"purpose": rule.id, "version": rule.version, "permitted": permitted, "reason": reason}
        )
    return {"policy": policy.digest_text, "notice_version": policy.notice_version, "purposes": entries}


def subject_of(subject: Subject, caller: Principal, services: Services) -> SubjectRef:
    """The pseudonym of a body's subject, if the caller may speak of them.

    Raises:
        QuestionInvalidError: not exactly one identifier.
        NotPermittedError: a person-bound token speaks of somebody else.
    """
    ref = services.identities.ref_of(known=subject.id, anonymous=subject.anonymous_id)
    if ref is None:
        raise QuestionInvalidError(pointer="#/subject", code="not_one_subject")
    if caller.subject is not None and caller.subject != ref:
        raise NotPermittedError
    return ref


def _denied_by_gpc(entry_id: str, services: Services) -> bool:
    rule = services.policy.rule(entry_id)
    return rule is not None and bool(services.policy.gpc_mask >> rule.bit & 1)


def _receipt(written: Written, services: Services) -> dict[str, Any]:
    event, index = written.events[0], written.indices[0]
    return {
        "receipt_id": event.event_id.hex(),
        "purpose": event.purpose,
        "status": event.status.value,
        "version": event.version,
        "notice_version": event.notice_version or None,
        "notice": None if event.notice is None else event.notice.hex(),
        "evidence": event.evidence.value,
        "recorded_at": event.recorded_at,
        "valid_until": event.valid_until,
        "also": [also.purpose for also in written.events[1:]],
        "audit": None if index is None else {"log": services.settings.log.origin, "index": index},
    }
