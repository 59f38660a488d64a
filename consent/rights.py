"""Requests by which people exercise their rights: what can be asked, by when, and how a request goes on. Pure.

| from | act | to |
|---|---|---|
| (nothing) | received | identity_pending, or in_progress if the identity is confirmed |
| identity_pending | identity_confirmed | in_progress |
| in_progress | provided | in_progress (a report was handed out) |
| in_progress | completed | completed |
| identity_pending, in_progress | refused, with a reason | refused |
| identity_pending, in_progress | withdrawn | withdrawn |
| identity_pending, in_progress | extended, with a reason, once, before the first deadline | the same |
| completed | provided | completed |

The clock runs from the receipt, also while the identity is being confirmed. It ends one calendar month later at the same
time of day, or on the last day of a shorter month, and so never later than the law counts it, in whichever time zone.

Times are unix seconds. Source: GDPR art. 12(3) to (6), 15 to 18, 20, 21; Regulation (EEC, Euratom) 1182/71, art. 3.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime
from enum import StrEnum

import msgspec

from consent.ports import Erasure
from privacy import SubjectRef


class Right(StrEnum):
    """What can be asked for."""

    ACCESS = "access"
    PORTABILITY = "portability"
    RECTIFICATION = "rectification"
    OBJECTION = "objection"
    RESTRICTION = "restriction"
    ERASURE = "erasure"


STOPPING = frozenset({Right.OBJECTION, Right.RESTRICTION, Right.RECTIFICATION, Right.ERASURE})
"""Rights by which somebody says no: a full disk does not keep them from being exercised."""

REPORTING = frozenset({Right.ACCESS, Right.PORTABILITY})
"""Rights that are answered with data."""


class RightsStatus(StrEnum):
    """Where a request stands."""

    IDENTITY_PENDING = "identity_pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


OPEN = frozenset({RightsStatus.IDENTITY_PENDING, RightsStatus.IN_PROGRESS})
"""Whose deadline matters."""


class Identity(StrEnum):
    """Who confirmed that the person is who they say."""

    PENDING = "pending"
    APP = "app_credential"
    PERSON = "person_session"
    OFFICER = "officer"


class RightsAct(StrEnum):
    """What can happen to a request."""

    RECEIVED = "received"
    IDENTITY_CONFIRMED = "identity_confirmed"
    PROVIDED = "provided"
    COMPLETED = "completed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXTENDED = "extended"


class Why(StrEnum):
    """The reason of an act: a closed list, because it stands in the log."""

    NONE = "none"
    PENDING = "pending"
    APP_CREDENTIAL = "app_credential"
    PERSON_SESSION = "person_session"
    OFFICER = "officer"
    COMPLEXITY = "complexity"
    NUMBER_OF_REQUESTS = "number_of_requests"
    IDENTITY_NOT_CONFIRMED = "identity_not_confirmed"
    UNFOUNDED = "manifestly_unfounded"
    EXCESSIVE = "excessive"
    LEGAL_OBLIGATION = "legal_obligation"
    COMPELLING_GROUNDS = "compelling_grounds"
    RIGHTS_OF_OTHERS = "rights_of_others"
    NOT_OBJECTABLE = "not_objectable"
    SET_BY_THE_PERSON = "set_by_the_person"
    NOTHING_SUCH_HELD = "nothing_such_held"


EXTENSIONS = frozenset({Why.COMPLEXITY, Why.NUMBER_OF_REQUESTS})
"""Why a deadline may be extended (art. 12(3))."""

REFUSALS = frozenset(
    {
        Why.IDENTITY_NOT_CONFIRMED,
        Why.UNFOUNDED,
        Why.EXCESSIVE,
        Why.LEGAL_OBLIGATION,
        Why.COMPELLING_GROUNDS,
        Why.RIGHTS_OF_OTHERS,
        Why.NOT_OBJECTABLE,
        Why.SET_BY_THE_PERSON,
        Why.NOTHING_SUCH_HELD,
    }
)
"""Why a request may be refused (art. 12(5), 12(6), 15(4), 17(3), 21(1))."""

CONFIRMATIONS = frozenset({Why.APP_CREDENTIAL, Why.PERSON_SESSION, Why.OFFICER})
"""Who may confirm an identity."""

MONTHS = 1
EXTENDED_MONTHS = 3
"""One month, and two further ones."""


class StepRefusal(StrEnum):
    """Why an act is not possible now."""

    NOT_NOW = "not_now"
    WRONG_REASON = "wrong_reason"
    EXTENDED_ALREADY = "extended_already"
    TOO_LATE = "too_late"


class RightsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it stands."""

    request_id: bytes
    """16 random bytes. Its name, and no capability."""
    subject: SubjectRef | None
    """Whose; None once the person was erased."""
    holder: bytes
    """A keyed digest of request and person, 16 bytes: it knows the person again and does not lead to them."""
    right: Right
    """What is asked for."""
    status: RightsStatus
    """Where it stands."""
    identity: Identity
    """Who confirmed who the person is."""
    source: str
    """Through which of the controller's sources it came."""
    received_at: int
    """When the clock began to run (unix seconds)."""
    due_at: int
    """When it must be answered (unix seconds)."""
    closed_at: int | None = None
    """When it was closed (unix seconds); None while it is open."""
    purpose: str | None = None
    """Which purpose it is about; None: all of them."""
    lifts: bool = False
    """Whether it ends a restriction instead of asking for one."""


class RightsStep(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to a request."""

    number: int
    """The step's number, from 1."""
    at: int
    """When it was taken (unix seconds)."""
    act: RightsAct
    """What was done."""
    why: Why
    """The reason, or who confirmed."""
    log_index: int | None = None
    """Its entry in the audit log; None until it is sequenced."""


class Filed(msgspec.Struct, frozen=True):
    """A request with everything that happened to it."""

    request: RightsRequest
    """As it stands."""
    steps: tuple[RightsStep, ...]
    """Its steps in order."""
    erasure: Erasure | None = None
    """What an erasure came to."""


def received(request: RightsRequest) -> tuple[RightsRequest, RightsStep]:
    """A new request with its clock set, and its first step.

    Args:
        request: `identity` and `received_at` decide; `status` and `due_at` are set here.
    """
    pending = request.identity is Identity.PENDING
    status = RightsStatus.IDENTITY_PENDING if pending else RightsStatus.IN_PROGRESS
    due_at = months_later(request.received_at, MONTHS)
    opened = msgspec.structs.replace(request, status=status, due_at=due_at)
    why = Why(request.identity.value)
    return opened, RightsStep(number=1, at=request.received_at, act=RightsAct.RECEIVED, why=why)


def take_step(filed: Filed, act: RightsAct, why: Why, now: int) -> Filed | StepRefusal:
    """What an act makes of a request; the last step is the new one.

    Args:
        filed: the request so far.
        act: what happens.
        why: its reason: of `EXTENSIONS`, `REFUSALS` or `CONFIRMATIONS`, `NONE` for any other act.
        now: when.
    """
    request = filed.request
    refusal = _refuse(request, act, why, now)
    if refusal is not None:
        return refusal
    changed = request
    if act is RightsAct.IDENTITY_CONFIRMED:
        changed = _replace(request, status=RightsStatus.IN_PROGRESS, identity=Identity(why.value))
    elif act is RightsAct.EXTENDED:
        changed = _replace(request, due_at=months_later(request.received_at, EXTENDED_MONTHS))
    elif act in _CLOSING:
        changed = _replace(request, status=_CLOSING[act], closed_at=now)
    step = RightsStep(number=len(filed.steps) + 1, at=now, act=act, why=why)
    return Filed(changed, (*filed.steps, step), filed.erasure)


def is_extended(request: RightsRequest) -> bool:
    """Whether the deadline was moved."""
    return request.due_at > months_later(request.received_at, MONTHS)


def is_overdue(request: RightsRequest, now: int) -> bool:
    """Whether it should have been answered by now."""
    return request.status in OPEN and now > request.due_at


def months_later(at: int, months: int) -> int:
    """The same day and time so many calendar months later (UTC); the month's last day if it has no such day."""
    moment = datetime.fromtimestamp(at, UTC)
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, monthrange(year, month + 1)[1])
    return int(moment.replace(year=year, month=month + 1, day=day).timestamp())


_replace = msgspec.structs.replace
_CLOSING = {
    RightsAct.COMPLETED: RightsStatus.COMPLETED,
    RightsAct.REFUSED: RightsStatus.REFUSED,
    RightsAct.WITHDRAWN: RightsStatus.WITHDRAWN,
}
_REASONS = {
    RightsAct.IDENTITY_CONFIRMED: CONFIRMATIONS,
    RightsAct.EXTENDED: EXTENSIONS,
    RightsAct.REFUSED: REFUSALS,
}
_FROM = {
    RightsAct.RECEIVED: frozenset[RightsStatus](),
    RightsAct.IDENTITY_CONFIRMED: frozenset({RightsStatus.IDENTITY_PENDING}),
    RightsAct.PROVIDED: frozenset({RightsStatus.IN_PROGRESS, RightsStatus.COMPLETED}),
    RightsAct.COMPLETED: frozenset({RightsStatus.IN_PROGRESS}),
    RightsAct.REFUSED: OPEN,
    RightsAct.WITHDRAWN: OPEN,
    RightsAct.EXTENDED: OPEN,
}


def _refuse(request: RightsRequest, act: RightsAct, why: Why, now: int) -> StepRefusal | None:
    if request.status not in _FROM[act]:
        return StepRefusal.NOT_NOW
    if why not in _REASONS.get(act, {Why.NONE}):
        return StepRefusal.WRONG_REASON
    if act is RightsAct.EXTENDED and is_extended(request):
        return StepRefusal.EXTENDED_ALREADY
    if act is RightsAct.EXTENDED and now > request.due_at:
        return StepRefusal.TOO_LATE
    return None
