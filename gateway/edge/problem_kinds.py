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
    """What to do about it: the `detail` of every answer, and the reference."""


BAD_REQUEST = Problem(
    "bad-request", 400, "The request cannot be understood.", "Compare it with the OpenAPI document at /docs."
)
BODY_INVALID = Problem(
    "body-invalid",
    400,
    "The body is not valid.",
    "Send UTF-8 JSON with the members that the OpenAPI document names and no others, none twice, without NaN or Infinity, no"
    " deeper than `limits.max_json_depth`. Gzip must be complete. If one member is at fault, `errors` says where (a JSON"
    " Pointer) and what (a code).",
)
REQUEST_TIMEOUT = Problem(
    "request-timeout",
    408,
    "The request took too long to arrive.",
    "Send the whole request within `server.request_seconds`.",
)
HEAD_TOO_LARGE = Problem(
    "head-too-large",
    431,
    "The header of the request is too large.",
    "Send at most 100 header fields, and at most `server.max_head_bytes` of URL and header fields together.",
)
TARGET_TOO_LONG = Problem(
    "target-too-long",
    414,
    "The URL of the request is too long.",
    "Put long values into the body; URL and header fields may have `server.max_head_bytes` together.",
)
NOT_IMPLEMENTED = Problem(
    "not-implemented",
    501,
    "The request uses a part of HTTP that is not offered here.",
    "Do not use `CONNECT`, nor a `Transfer-Encoding` other than `chunked`; compress bodies with `Content-Encoding: gzip`.",
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
    "The credentials are missing or not valid.",
    "Send a key as the user name of HTTP Basic, or a key or token as `Authorization: Bearer`. Fetch a new token at"
    " /oauth/token when one expires.",
)
INSUFFICIENT_SCOPE = Problem(
    "insufficient-scope",
    403,
    "These credentials do not allow this.",
    "Use a token with the scope that `scope` names, if it is there; /oauth/token issues one for the client credentials. A"
    " source's key can only send events.",
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
    "Pages of this web origin may not call the gateway.",
    "Add the origin to `cors.allowed_origins` in volens.toml, exactly as the browser sends it, and restart.",
)
NOT_FOUND = Problem(
    "not-found",
    404,
    "There is nothing here, or nothing that this caller may see.",
    "Check the path: /docs lists them all. What does not exist and what is not yours look the same on purpose.",
)
PLACEMENT_UNKNOWN = Problem(
    "placement-unknown",
    404,
    "There is no such placement.",
    "Declare it under `[[placements]]` in volens.toml and restart; `volens init` declares `home`.",
)
METHOD_NOT_ALLOWED = Problem(
    "method-not-allowed",
    405,
    "This path does not take this method.",
    "The `Allow` header names those it takes.",
)
NOT_ACCEPTABLE = Problem(
    "not-acceptable",
    406,
    "None of the accepted media types is offered here.",
    "Send `Accept: application/json`.",
)
CONFLICT = Problem(
    "conflict",
    409,
    "Another change came first.",
    "Read the current state, then try again if the change still makes sense.",
)
NO_SUCH_MODEL = Problem(
    "no-such-model",
    409,
    "There is no such model to switch to.",
    "Models are kept in memory, and dropped when somebody they were trained on withdraws; `GET /v1/learning/models` lists them.",
)
CONSENT_CHANGE_REFUSED = Problem(
    "consent-change-refused",
    409,
    "The rules of consent do not allow this change.",
    "`reason` names the rule (docs/policy.md). An app cannot lift what the person refused: only the person can.",
)
RIGHTS_STEP_REFUSED = Problem(
    "rights-step-refused",
    409,
    "The rights request is not at this step, or the reason given does not count.",
    "`reason` names the rule; docs/rights.md lists steps and reasons. `GET /v1/rights/{request_id}` shows where it stands.",
)
FOUR_EYES = Problem(
    "four-eyes",
    409,
    "This needs a second person, or has been settled already.",
    "Whoever proposed it cannot approve it: use another person's credential. `GET /v1/editorial` shows where it stands.",
)
TOO_LARGE = Problem(
    "body-too-large",
    413,
    "The body is too large.",
    "Stay within `[limits]` in volens.toml; compressed bodies count decompressed.",
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
    "The body was read, but cannot be accepted.",
    "If single members are at fault, `errors` lists where (JSON Pointers) and what (codes). A decision needs exactly one"
    " subject, and a limit within the placement's.",
)
FLAG_REFUSED = Problem(
    "flag-refused",
    422,
    "The flag cannot be put in force like this.",
    "`reason` names the rule; docs/flags.md explains each one. Nothing was changed.",
)
FLEET_REFUSED = Problem(
    "fleet-refused",
    409,
    "The device, the round or the model cannot continue like this.",
    "`reason` names the rule; docs/fleet.md explains each one. No device takes part without consent to `model-improvement`.",
)
RATE_LIMITED = Problem(
    "rate-limited",
    429,
    "Too many requests.",
    "Wait as many seconds as `Retry-After` says, then send the same request again.",
)
INTERNAL = Problem(
    "internal",
    500,
    "Something went wrong in the gateway.",
    "Give the `instance` to whoever runs the gateway: its journal has the same one.",
)
UNAVAILABLE = Problem(
    "unavailable",
    503,
    "Temporarily unavailable.",
    "Wait as many seconds as `Retry-After` says, then send the same request again.",
)
LOG_UNAVAILABLE = Problem(
    "log-unavailable",
    503,
    "The log cannot record this now, and nothing is done without evidence.",
    "Nothing was done. Send the same request again after `Retry-After`; repeated message ids are harmless.",
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
