"""The only place that knows what a failure looks like over HTTP: RFC 9457 problems, from one table.

- Every problem is `application/problem+json` with a `type` from the table, a title, a status, what to do (`detail`) and a random
  `instance`; the extension members are `reason`, `scope`, `retry_after`, `errors` (pointer and code), and for the tracking API
  `code` and `message`.
- Nothing of the request is ever repeated: no value, and no name that is not ours.
- What is not in the table is `internal`, and its own text is shown to nobody.

Must not know: routes, frameworks (`gateway.edge.problem_handlers` fits this into FastAPI).

Source: RFC 9457; RFC 9110 (Retry-After); RFC 6750, section 3.1 (`insufficient_scope`);
Segment HTTP Tracking API and RudderStack SDKs (`code`, `message`).
"""

from __future__ import annotations

import json
import math
import os
import uuid
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from audit import LogUnavailableError
from consent import OvertakenError, StoreUnavailableError
from gateway import errors
from gateway.edge.problem_kinds import (
    BAD_REQUEST,
    BODY_INVALID,
    CONFLICT,
    CONSENT_CHANGE_REFUSED,
    FLAG_REFUSED,
    FLEET_REFUSED,
    FOUR_EYES,
    INSUFFICIENT_SCOPE,
    INTERNAL,
    LOG_UNAVAILABLE,
    METHOD_NOT_ALLOWED,
    NO_SUCH_MODEL,
    NOT_ACCEPTABLE,
    NOT_FOUND,
    NOT_PERMITTED,
    ORIGIN_REFUSED,
    PLACEMENT_UNKNOWN,
    PROBLEMS,
    RATE_LIMITED,
    RIGHTS_STEP_REFUSED,
    TOO_LARGE,
    TOO_MANY_EVENTS,
    UNAUTHENTICATED,
    UNAVAILABLE,
    UNSUPPORTED_ENCODING,
    VALIDATION_FAILED,
    Problem,
)
from privacy import BudgetStoreError

DEFAULT_BASE_URL = "https://volens.dev/errors"
CONTENT_TYPE = b"application/problem+json"
MAX_LISTED_ERRORS = 20

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
"""The `send` callable of ASGI."""


_TABLE: Mapping[type[Exception], Problem] = {
    errors.BodyInvalidError: BODY_INVALID,
    errors.QuestionInvalidError: VALIDATION_FAILED,
    errors.HeadersInvalidError: BAD_REQUEST,
    errors.BodyTooLargeError: TOO_LARGE,
    errors.TooManyEventsError: TOO_MANY_EVENTS,
    errors.EncodingUnsupportedError: UNSUPPORTED_ENCODING,
    errors.CredentialsInvalidError: UNAUTHENTICATED,
    errors.ScopeMissingError: INSUFFICIENT_SCOPE,
    errors.NotPermittedError: NOT_PERMITTED,
    errors.OriginRefusedError: ORIGIN_REFUSED,
    errors.NoSuchModelError: NO_SUCH_MODEL,
    errors.NotFoundError: NOT_FOUND,
    errors.PlacementUnknownError: PLACEMENT_UNKNOWN,
    errors.ConsentChangeRefusedError: CONSENT_CHANGE_REFUSED,
    errors.RightsStepRefusedError: RIGHTS_STEP_REFUSED,
    errors.FlagRefusedError: FLAG_REFUSED,
    errors.FleetRefusedError: FLEET_REFUSED,
    errors.FourEyesError: FOUR_EYES,
    errors.RateLimitedError: RATE_LIMITED,
    errors.UnavailableError: UNAVAILABLE,
    OvertakenError: CONFLICT,
    StoreUnavailableError: UNAVAILABLE,
    BudgetStoreError: UNAVAILABLE,
    LogUnavailableError: LOG_UNAVAILABLE,
}

EXPECTED_ERRORS = tuple(_TABLE)
"""The failures that have a problem of their own; any other is `internal`."""

_BY_STATUS = {
    problem.status: problem
    for problem in (
        BAD_REQUEST, UNAUTHENTICATED, INSUFFICIENT_SCOPE, NOT_FOUND, METHOD_NOT_ALLOWED, NOT_ACCEPTABLE, CONFLICT,
        TOO_LARGE, UNSUPPORTED_ENCODING, VALIDATION_FAILED, RATE_LIMITED, UNAVAILABLE,
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProblemResponse:
    """A problem, ready to send."""

    problem: Problem
    """Which kind of problem it is."""
    instance: str
    """This occurrence: a random `urn:uuid:`."""
    headers: list[tuple[bytes, bytes]]
    """Header lines, names in lower case."""
    body: bytes
    """The problem as JSON."""

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        return self.problem.status

    async def send(self, send: Send) -> None:
        """Answer an ASGI request with it."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


@dataclass(frozen=True, slots=True)
class ProblemWriter:
    """Writes answers of type `application/problem+json`."""

    base_url: str = DEFAULT_BASE_URL
    """What every `type` begins with."""
    entropy: Callable[[int], bytes] = field(default=os.urandom, repr=False)
    """Random bytes from the operating system, by length, for `instance`."""

    def respond(
        self,
        error: BaseException,
        *,
        tracking: bool = False,
        more_headers: Sequence[tuple[bytes, bytes]] = (),
    ) -> ProblemResponse:
        """The answer to a request that failed.

        Args:
            error: what happened.
            tracking: whether the tracking API's clients read the answer.
            more_headers: CORS, say.
        """
        extra: dict[str, Any] = {}
        if isinstance(error, errors.RuleRefusedError):
            extra["reason"] = error.reason
        if isinstance(error, errors.BodyInvalidError) and error.pointer:
            extra["errors"] = [{"pointer": error.pointer, "code": error.code}]
        if isinstance(error, errors.ScopeMissingError) and error.args:
            extra["scope"] = scope = error.args[0]
            asked = f'Bearer realm="volens", error="insufficient_scope", scope="{scope}"'
            more_headers = [*more_headers, (b"www-authenticate", asked.encode())]
        wait = getattr(error, "wait_seconds", None)
        return self.write(
            problem_of(error), wait_seconds=wait, tracking=tracking, more_headers=more_headers, extra=extra
        )

    def write(
        self,
        problem: Problem,
        *,
        wait_seconds: float | None = None,
        tracking: bool = False,
        more_headers: Sequence[tuple[bytes, bytes]] = (),
        extra: Mapping[str, Any] | None = None,
    ) -> ProblemResponse:
        """A problem with its members and headers; 429 and 503 always say when to come back, in whole seconds."""
        instance = uuid.UUID(bytes=self.entropy(16), version=4).urn
        content: dict[str, Any] = {
            "type": f"{self.base_url}/{problem.slug}",
            "title": problem.title,
            "status": problem.status,
            "detail": problem.advice,
            "instance": instance,
            **(extra or {}),
        }
        headers = [(b"content-type", CONTENT_TYPE), (b"cache-control", b"no-store"), *more_headers]
        if problem.status in (429, 503):
            content["retry_after"] = seconds = max(1, math.ceil(wait_seconds or 1))
            headers.append((b"retry-after", str(seconds).encode()))
        if problem.status == 401:
            headers.append((b"www-authenticate", b'Bearer realm="volens"'))
        if tracking:
            content |= {"code": problem.slug, "message": problem.title, "success": False}
        body = json.dumps(content).encode()
        headers.append((b"content-length", str(len(body)).encode()))
        return ProblemResponse(problem, instance, headers, body)


def problem_of(error: BaseException) -> Problem:
    """The kind of problem that a failure is."""
    for kind in type(error).__mro__:
        if issubclass(kind, Exception) and kind in _TABLE:
            return _TABLE[kind]
    return INTERNAL


def problem_of_status(status: int) -> Problem:
    """The kind of problem that a framework's bare status is."""
    return _BY_STATUS.get(status, BAD_REQUEST if 400 <= status < 500 else INTERNAL)


def render_reference() -> str:
    """The text of docs/errors.md."""
    lines = [
        "# Errors",
        "",
        "Every failure over HTTP is an RFC 9457 problem (`application/problem+json`). Its `type` ends in one of the names below,",
        "`detail` says what to do, and `instance` is a random name of this one occurrence. Nothing of the request is repeated.",
        "Answers of the tracking API also carry `code` (the same name) and `message`; `/oauth/token` answers in OAuth's own",
        "form. Withheld consent is not an error: see [outcomes](outcomes.md).",
        "",
        "*Generated by `gateway.edge.problems`; do not edit.*",
    ]
    for problem in PROBLEMS:
        lines += [
            "",
            f"## {problem.slug}",
            "",
            f"Status {problem.status}. {problem.title}",
            "",
            problem.advice,
        ]
    return "\n".join(lines) + "\n"
