"""What a destination's answer means for the batch it was offered.

- 2xx: delivered.
- 408, 425, 429 and every 5xx, an unreachable or slow destination: the same batch again later, not before `Retry-After`.
- Any other answer (4xx; 1xx and 3xx too: redirects are not followed): refused, a repetition would not change it.
- 401, 402, 403, 404, 405, 406, 407, 410, 415 speak of the request, not of one signal in it: such a batch is not split.

Source: RFC 9110 15; RFC 6585 4; RFC 8470 5.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import StrEnum

from gateway.routing.model import LetterReason

_AGAIN = frozenset({408, 425, 429})
_WHOLE = frozenset({401, 402, 403, 404, 405, 406, 407, 410, 415})
_MAX_HEADER_CHARS = 64


class Trouble(StrEnum):
    """What kept a batch from being delivered: a closed list, used as a metric label."""

    REFUSED = "refused"
    """The destination refused it."""
    BUSY = "busy"
    """The destination asked to try again later."""
    FAULTY = "faulty"
    """The destination answered with an error of its own."""
    UNREACHABLE = "unreachable"
    """No connection, or it broke."""
    SLOW = "slow"
    """No answer within the time limit."""
    DISK = "disk"
    """The file could not be written."""
    FULL = "full"
    """It was refused, and there is no room for more dead letters."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The destination has the batch."""


@dataclass(frozen=True, slots=True)
class Again:
    """The same batch may succeed later."""

    trouble: Trouble
    """Why it did not now."""
    status: int | None = None
    """The HTTP status, if there was one."""
    wait_seconds: float = 0.0
    """How long the destination asked us to wait, at least."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The same batch will never succeed."""

    reason: LetterReason
    """What its signals' dead letters will say."""
    status: int | None = None
    """The HTTP status, if there was one."""
    divisible: bool = True
    """Whether a part of the batch might still be taken."""


@dataclass(frozen=True, slots=True)
class Outdated:
    """Somebody's permission ended before the bytes left: nothing was delivered, build the batch again."""


Answer = Delivered | Again | Refused | Outdated


def judge(status: int, retry_after: str | None, now: float) -> Answer:
    """Read an HTTP answer.

    Args:
        status: the status code.
        retry_after: the `Retry-After` header.
        now: wall time (unix seconds), for a date in that header.
    """
    if 200 <= status <= 299:
        return Delivered()
    if status in _AGAIN or 500 <= status <= 599:
        trouble = Trouble.BUSY if status in _AGAIN or status == 503 else Trouble.FAULTY
        return Again(trouble, status, _seconds(retry_after, now))
    return Refused(LetterReason.REJECTED, status, divisible=400 <= status <= 499 and status not in _WHOLE)


def _seconds(retry_after: str | None, now: float) -> float:
    """`Retry-After` in seconds from now; 0 when absent, past or unreadable (RFC 9110 10.2.3)."""
    if retry_after is None or len(retry_after) > _MAX_HEADER_CHARS:
        return 0.0
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, moment.timestamp() - now)
