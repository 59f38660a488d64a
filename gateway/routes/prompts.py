"""Prompts: what a person may be asked, and their answers."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from consent import ActorKind, Answers, Prompt, WriteRefusal, has_gpc
from gateway.banner.prompt_desk import Answered
from gateway.callers.principals import PROMPTS, Principal
from gateway.errors import ConsentChangeRefusedError
from gateway.routes.bodies import ServicesDep, StrictBody, described, strict
from gateway.routes.callers import having, keep_pace
from gateway.routes.consents import Subject, subject_of
from gateway.routes.services import Services
from privacy import SubjectRef

router = APIRouter(prefix="/v1/prompts", tags=["consent"])

Asker = Annotated[Principal, Depends(having("consent:read", PROMPTS))]
Answerer = Annotated[Principal, Depends(having("consent:write", PROMPTS))]

Id = Annotated[str, Field(min_length=1, max_length=64)]


class PromptsBody(StrictBody):
    """The person whose prompts are asked for."""

    subject: Subject | None = None
    """Who; a token bound to a person speaks of that person without it."""
    gpc: bool = False
    """Whether the person's browser asserts Global Privacy Control, if the request is not that browser's own."""


class AnswersBody(StrictBody):
    """What a person said."""

    subject: Subject | None = None
    """Who; a token bound to a person speaks of that person without it."""
    answers: Annotated[dict[Id, bool], Field(min_length=1, max_length=16)]
    """Id of a purpose or condition -> yes or no."""
    method: Annotated[str, Field(min_length=1, max_length=64)]
    """How the person showed their will."""
    locale: Annotated[str, Field(min_length=2, max_length=35)]
    """In which language they were asked."""
    notice_version: Annotated[str, Field(max_length=64)] | None = None
    """Which notice was shown; the one in force when not said."""
    ui_variant: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    """SHA-256, hexadecimal, of what was on the screen: the notice says the banner's."""
    gpc: bool = False
    """Whether the person's browser asserts Global Privacy Control, if the request is not that browser's own."""


@router.post("", openapi_extra=described(PromptsBody))
async def ask_prompts(
    caller: Asker,
    body: Annotated[PromptsBody, Depends(strict(PromptsBody))],
    request: Request,
    response: Response,
    services: ServicesDep,
) -> dict[str, Any]:
    """What a person may be asked now, and when what may not. Somebody unknown looks like somebody who never answered."""
    ref = _whose(body.subject, caller, services)
    signal = body.gpc or has_gpc(request.headers.raw)
    response.headers["vary"] = "Sec-GPC"
    return _told(await services.prompts.prompts(ref, opt_out_signal=signal), signal, services)


@router.post("/answers", openapi_extra=described(AnswersBody))
async def take_answers(
    caller: Answerer,
    body: Annotated[AnswersBody, Depends(strict(AnswersBody))],
    request: Request,
    services: ServicesDep,
) -> dict[str, Any]:
    """Write what a person said, all of it or nothing. What is so already is not written again."""
    ref = _whose(body.subject, caller, services)
    signal = body.gpc or has_gpc(request.headers.raw)
    answers = Answers(
        choices=body.answers,
        method=body.method,
        locale=body.locale,
        notice_version=body.notice_version,
        opt_out_signal=signal,
        ui_variant=None if body.ui_variant is None else bytes.fromhex(body.ui_variant),
    )
    actor = ActorKind.PERSON if caller.kind == "person" else ActorKind.APP
    if any(body.answers.values()):  # a no that was said already is not written again
        keep_pace(caller, ref, services)
    answered = await services.prompts.answer(ref, answers, actor, caller.source_id)
    if isinstance(answered, WriteRefusal):
        raise ConsentChangeRefusedError(answered.value)
    return {
        "changes": _changes(answered, services),
        **_told(answered.prompts, signal, services),
    }


def _whose(subject: Subject | None, caller: Principal, services: Services) -> SubjectRef:
    if subject is None and caller.subject is not None:
        return caller.subject
    return subject_of(subject or Subject(), caller, services)


def _told(prompts: tuple[Prompt, ...], signal: bool, services: Services) -> dict[str, Any]:
    policy = services.policy
    return {
        "policy": policy.digest_text,
        "notice_version": policy.notice_version,
        "gpc": signal,
        "ask": any(each.may_ask for each in prompts),
        "prompts": [
            {
                "purpose": each.purpose,
                "version": each.version,
                "permitted": each.permitted,
                "may_ask": each.may_ask,
                "not_before": each.not_before,
                "reason": each.reason.value,
            }
            for each in prompts
        ],
    }


def _changes(answered: Answered, services: Services) -> list[dict[str, Any]]:
    origin = services.settings.log.origin
    return [
        {
            "receipt_id": event.event_id.hex(),
            "purpose": event.purpose,
            "status": event.status.value,
            "evidence": event.evidence.value,
            "valid_until": event.valid_until,
            "audit": None if index is None else {"log": origin, "index": index},
        }
        for event, index in answered.changes
    ]
