"""Every kind of problem that the gateway answers with: name, status, title, and what to do.

The names are part of the public interface: they are never renamed, and `docs/errors.md` has a section for each.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of problem."""

    slug: str
    """The end of its `type`."""
    status: int
    """The HTTP status that it is answered with."""
    title: str
    """Says what happened; the same for every occurrence."""
    advice: str
    """For the reference: what to do."""


BAD_REQUEST = Problem(
    "bad-request", 400, "The request cannot be understood.", "Compare it with the OpenAPI document."
)
BODY_INVALID = Problem(
    "body-invalid",
    400,
    "The body cannot be read.",
    "Send UTF-8 JSON without repeated members, NaN or Infinity, no deeper than `limits.max_json_depth`, with the members"
    " of the OpenAPI document and no others. Gzip must be whole. `errors` says where (JSON Pointer) and what (a code), if"
    " one member is at fault.",
)
REQUEST_TIMEOUT = Problem(
    "request-timeout",
    408,
    "The request took too long to arrive.",
    "Send it as a whole within `server.request_seconds`.",
)
HEAD_TOO_LARGE = Problem(
    "head-too-large",
    431,
    "The head of the request is too large.",
    "Send at most `server.max_head_bytes` of address and header fields, and at most 100 fields.",
)
TARGET_TOO_LONG = Problem(
    "target-too-long",
    414,
    "The address of the request is too long.",
    "Send what is long in the body; address and header fields have `server.max_head_bytes` together.",
)
NOT_IMPLEMENTED = Problem(
    "not-implemented",
    501,
    "The request wants a way of speaking HTTP that is not offered here.",
    "Send no `CONNECT`, and no `Transfer-Encoding` but `chunked`; bodies are compressed with `Content-Encoding: gzip`.",
)
TOO_MANY_EVENTS = Problem(
    "too-many-events",
    400,
    "The batch has too many events.",
    "Send at most `limits.max_batch_events` in one batch.",
)
UNAUTHENTICATED = Problem(
    "unauthenticated",
    401,
    "There are no credentials, or they do not hold.",
    "Keys go into HTTP Basic as the user name, keys and tokens into `Authorization: Bearer`. Fetch a new token when one expires.",
)
INSUFFICIENT_SCOPE = Problem(
    "insufficient-scope",
    403,
    "These credentials are not for this.",
    "Ask for a token with the scope of this path.",
)
NOT_PERMITTED = Problem(
    "not-permitted",
    403,
    "This token speaks for one person only, and the request is about somebody else.",
    "Use the token of the person whom the request is about.",
)
ORIGIN_REFUSED = Problem(
    "origin-refused",
    403,
    "This web origin may not call.",
    "Add it to `cors.allowed_origins`, exactly as the browser sends it.",
)
NOT_FOUND = Problem(
    "not-found",
    404,
    "There is nothing here, or nothing for this caller.",
    "Check the path. What does not exist and what is not yours look the same on purpose.",
)
PLACEMENT_UNKNOWN = Problem(
    "placement-unknown",
    404,
    "There is no such placement.",
    "Declare it under `[[placements]]` in volens.toml.",
)
METHOD_NOT_ALLOWED = Problem(
    "method-not-allowed",
    405,
    "This path does not take this method.",
    "The `Allow` header says which it takes.",
)
NOT_ACCEPTABLE = Problem(
    "not-acceptable", 406, "None of the accepted media types is offered here.", "Accept `application/json`."
)
CONFLICT = Problem("conflict", 409, "Another change came first.", "Read the present state and decide again.")
NO_SUCH_MODEL = Problem(
    "no-such-model",
    409,
    "There is no model to go to.",
    "Models are kept in memory, and go when somebody leaves who is in them; `GET /v1/learning/models` lists those there are.",
)
CONSENT_CHANGE_REFUSED = Problem(
    "consent-change-refused",
    409,
    "The rules of consent forbid this change.",
    "`reason` names the rule. An app cannot lift what the person refused: only the person can.",
)
RIGHTS_STEP_REFUSED = Problem(
    "rights-step-refused",
    409,
    "The request is not at a point where this can happen, or the reason is not one that counts.",
    "`reason` names the rule; docs/rights.md has the steps and their reasons. Read how the request stands.",
)
FOUR_EYES = Problem(
    "four-eyes",
    409,
    "This needs another person, or nobody any more.",
    "Let somebody with a credential of their own do it; `GET /v1/editorial` says how the decision stands.",
)
TOO_LARGE = Problem(
    "body-too-large",
    413,
    "The body is too large.",
    "Keep within `limits`; compressed bodies count decompressed.",
)
UNSUPPORTED_ENCODING = Problem(
    "unsupported-encoding",
    415,
    "The body's encoding or media type is not supported.",
    "Send it plain, or gzipped once.",
)
VALIDATION_FAILED = Problem(
    "validation-failed",
    422,
    "The body can be read, but not accepted.",
    "`errors` lists where (JSON Pointer) and what (a code), if single members are at fault. A question names exactly one"
    " subject and a limit within the placement's.",
)
FLAG_REFUSED = Problem(
    "flag-refused",
    422,
    "The flag cannot be taken into force like that.",
    "`reason` names the rule; docs/flags.md explains each. Nothing was changed.",
)
FLEET_REFUSED = Problem(
    "fleet-refused",
    409,
    "The device, the round or the model cannot go on like that.",
    "`reason` names the rule; docs/fleet.md explains each. Without consent to model improvement no device takes part.",
)
RATE_LIMITED = Problem(
    "rate-limited",
    429,
    "Too fast.",
    "Wait for as many seconds as `Retry-After` says, then send the same again.",
)
INTERNAL = Problem(
    "internal",
    500,
    "Something went wrong in the gateway.",
    "Give the `instance` to whoever runs it: the journal has it too.",
)
UNAVAILABLE = Problem(
    "unavailable",
    503,
    "Not available now.",
    "Wait for as many seconds as `Retry-After` says, then send the same again.",
)
LOG_UNAVAILABLE = Problem(
    "log-unavailable",
    503,
    "The log cannot take this now, and nothing is done without evidence.",
    "Nothing of the request happened. Send the same again after `Retry-After`; repeated message ids are harmless.",
)

PROBLEMS = (
    BAD_REQUEST,
    BODY_INVALID,
    REQUEST_TIMEOUT,
    TARGET_TOO_LONG,
    HEAD_TOO_LARGE,
    TOO_MANY_EVENTS,
    UNAUTHENTICATED,
    INSUFFICIENT_SCOPE,
    NOT_PERMITTED,
    ORIGIN_REFUSED,
    NO_SUCH_MODEL,
    NOT_FOUND,
    PLACEMENT_UNKNOWN,
    METHOD_NOT_ALLOWED,
    NOT_ACCEPTABLE,
    CONFLICT,
    CONSENT_CHANGE_REFUSED,
    RIGHTS_STEP_REFUSED,
    FOUR_EYES,
    FLEET_REFUSED,
    TOO_LARGE,
    UNSUPPORTED_ENCODING,
    VALIDATION_FAILED,
    FLAG_REFUSED,
    RATE_LIMITED,
    INTERNAL,
    NOT_IMPLEMENTED,
    UNAVAILABLE,
    LOG_UNAVAILABLE,
)
"""Every kind there is, by status."""
