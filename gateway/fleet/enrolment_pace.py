"""How fast devices are enrolled: no source enrols them in bulk, and nobody for one person without end.

Whoever holds a key that enrols could otherwise fill a fleet with devices of their own in a minute. The counts are in memory
and begin anew with the process; what lasts is that each device rests on a consent, and each person has few.
"""

from __future__ import annotations

from gateway.callers.rate_limits import RateLimits
from gateway.errors import RateLimitedError
from gateway.fleet.enrolments import MAX_DEVICES_OF_ONE
from privacy import SubjectRef

_HOUR_SECONDS = 3600.0


class EnrolmentPace:
    """Counts what is asked for, granted or not. Lives on the event loop."""

    def __init__(self, per_hour: int) -> None:
        """Let one source enrol so many in an hour, all at once if it likes."""
        self._of_source = RateLimits(per_hour, _HOUR_SECONDS)
        self._of_person = RateLimits(MAX_DEVICES_OF_ONE, _HOUR_SECONDS)

    def keep(self, source_id: str, ref: SubjectRef, now: float) -> None:
        """Count one enrolment.

        Args:
            source_id: who asks, whomever they speak for.
            ref: whose device it is.
            now: seconds of a monotonic clock.

        Raises:
            RateLimitedError: the source, or the person, has had theirs for now.
        """
        for limits, who in ((self._of_source, source_id), (self._of_person, ref.hex())):
            wait = limits.wait_seconds(who, now, cost=_HOUR_SECONDS)
            if wait:
                raise RateLimitedError(wait)
