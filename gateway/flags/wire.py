"""OFREP's forms: what comes in, what goes out, and the details on which clients insist.

- Every value comes with `variant` and `reason`, every error with `errorDetails`: the published Python provider reads
  them unasked.
- A float is written with a point. Metadata are texts, numbers and truth values, never null.
- A page may keep what it was given and ask whether it still holds: the `ETag` is of values and channel, not of the evidence.

Source: OpenFeature Remote Evaluation Protocol 0.3.0, ADR-0008 (change notification).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from gateway.callers.principals import Principal
from gateway.errors import NotPermittedError
from gateway.flags.checking import PURPOSE
from gateway.flags.desk import Answer, Answers, Inquiry, Unanswerable
from gateway.identities import MAX_ID_CHARACTERS, Identities
from privacy import SubjectRef

TARGETING_KEY = "targetingKey"
ANONYMOUS = "anonymous"
"""The member of the context that says that the targeting key is a device's id and not a signed-in person's."""
INACTIVITY_SECONDS = 120
"""How long a hidden page keeps its stream."""

_KEY = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)
_DETAILS = {
    "FLAG_NOT_FOUND": "There is no such flag.",
    "TARGETING_KEY_MISSING": "The flag is about a person, and the context names nobody.",
    "INVALID_CONTEXT": "The targeting key is a text of at most 256 characters, `anonymous` true or false.",
    "PARSE_ERROR": "The body is not a JSON object with the member `context`.",
}


class ContextInvalidError(Exception):
    """A context cannot be used. OFREP's `INVALID_CONTEXT`."""


class ParseFailedError(Exception):
    """A body is not what OFREP sends. OFREP's `PARSE_ERROR`."""


def read_context(body: Any) -> Mapping[str, Any]:
    """The context of a request; an empty one if it has none.

    Raises:
        ParseFailedError: there is something else in its place.
    """
    if not isinstance(body, dict):
        raise ParseFailedError
    context = body.get("context")
    if context is None:
        return {}
    if not isinstance(context, dict):
        raise ParseFailedError
    return context


def read_inquiry(
    context: Mapping[str, Any], caller: Principal, identities: Identities, *, gpc: bool
) -> Inquiry:
    """For whom a request asks; the raw id ends here.

    Raises:
        ContextInvalidError: the targeting key is no id.
        NotPermittedError: a device's token asks about somebody else.
    """
    known = {name: value for name, value in context.items() if name not in (TARGETING_KEY, ANONYMOUS)}
    return Inquiry(_whose(context, caller, identities), known, gpc)


def _whose(context: Mapping[str, Any], caller: Principal, identities: Identities) -> SubjectRef | None:
    key, is_anonymous = context.get(TARGETING_KEY), context.get(ANONYMOUS, False)
    if type(is_anonymous) is not bool:
        raise ContextInvalidError
    if key is None or key == "":
        return caller.subject
    if type(key) is not str or len(key) > MAX_ID_CHARACTERS:
        raise ContextInvalidError
    as_known, as_device = (
        identities.ref_of(known=key, anonymous=None),
        identities.ref_of(known=None, anonymous=key),
    )
    if caller.subject is None:
        return as_device if is_anonymous else as_known
    if caller.subject not in (as_known, as_device):
        raise NotPermittedError
    return caller.subject


def success(key: str, answer: Answer, log: str) -> dict[str, Any]:
    """A flag's value."""
    resolved, withheld = answer.resolved, answer.withheld
    metadata: dict[str, Any] = {}
    if withheld is not None:
        metadata |= {"consent": "withheld", "purpose": PURPOSE, "why": withheld}
    if resolved.experiment is not None:
        metadata["experiment"] = resolved.experiment
    if answer.index is not None:
        metadata |= {"auditLog": log, "auditIndex": answer.index}
    return {
        "key": key,
        "value": resolved.value,
        "variant": resolved.variant,
        "reason": "DISABLED" if withheld is not None else resolved.reason,
        "metadata": metadata,
    }


def failure(key: str, code: str) -> dict[str, str]:
    """Why there is no value. OFREP wants the key repeated; what cannot be the key of a flag is not."""
    return {"key": key if _KEY.fullmatch(key) else "", "errorCode": code, "errorDetails": _DETAILS[code]}


def bulk(answers: Answers, log: str) -> dict[str, Any]:
    """All flags, without what differs from one evaluation to the next."""
    flags = [
        failure(key, each.value) if isinstance(each, Unanswerable) else success(key, each, log)
        for key, each in answers.each
    ]
    metadata: dict[str, Any] = {"purpose": PURPOSE}
    if answers.withheld is not None:
        metadata |= {"consent": "withheld", "why": answers.withheld}
    return {"flags": flags, "metadata": metadata}


def etag_of(answer: Mapping[str, Any]) -> str:
    """The entity tag of a bulk answer."""
    content = json.dumps(answer, sort_keys=True).encode()
    return f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'


def matches(if_none_match: str | None, etag: str) -> bool:
    """Whether a client has this answer already. Source: RFC 9110, section 13.1.2."""
    known = [each.strip().removeprefix("W/") for each in (if_none_match or "").split(",")]
    return etag in known or "*" in known


def stream_of(token: str) -> dict[str, Any]:
    """Where changes are told."""
    return {
        "type": "sse",
        "endpoint": {"requestUri": f"/ofrep/v1/stream?ch={token}"},
        "inactivityDelaySec": INACTIVITY_SECONDS,
    }
