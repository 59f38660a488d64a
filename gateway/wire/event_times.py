"""Times in events: what the clients' clocks say, and how far those are to be believed.

Source: Segment HTTP Tracking API (`timestamp`, `sentAt`); ISO 8601.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

MAX_SKEW_SECONDS = 86_400
"""No clock correction is larger than this; a timestamp farther in the future is taken as the time of arrival."""


def skew_of(sent_at: Any, received_at: int) -> int:
    """Seconds to add to the times of a client who sent at this moment by its own clock; 0 where it does not say."""
    sent = read_instant(sent_at)
    if sent is None:
        return 0
    return max(-MAX_SKEW_SECONDS, min(MAX_SKEW_SECONDS, received_at - sent))


def read_instant(stamp: Any) -> int | None:
    """The unix seconds of an ISO 8601 timestamp, in UTC where it names no zone; None where it is none."""
    if type(stamp) is not str:
        return None
    if stamp.endswith("Z"):
        return _instant_of_second(stamp[:19])
    return _parse_instant(stamp)


@lru_cache(maxsize=4096)
def _instant_of_second(stamp: str) -> int | None:
    """Of a UTC timestamp without its fraction; those of one batch are often of one second."""
    return _parse_instant(stamp)


def _parse_instant(stamp: str) -> int | None:
    try:
        when = datetime.fromisoformat(stamp)
        return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None
