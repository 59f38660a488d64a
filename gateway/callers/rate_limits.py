"""How fast one source, or one person, may be: a token bucket each, looked at in constant time.

- Time is an argument, from a clock that never steps back.
- The table is bounded. There are no more sources than `volens.toml` and `credentials.json` name, but people are many: when it is
  full, whoever was first seen longest ago starts anew.
"""

from __future__ import annotations

from dataclasses import dataclass

MAX_SOURCES = 10_000

PERSON_CHANGES_PER_SECOND = 1.0
"""How fast one person may change what they consent to, but for ending it."""

PERSON_BURST_SECONDS = 60.0


@dataclass(slots=True)
class _Bucket:
    room: float
    """What may still come at once."""
    at: float
    """When that was true (seconds of the monotonic clock)."""


class RateLimits:
    """Buckets of one kind (requests, or bytes in the log), one for every source."""

    def __init__(self, per_second: float, burst_seconds: float, *, max_sources: int = MAX_SOURCES) -> None:
        """Allow `per_second` in the long run, and `burst_seconds` of it at once."""
        self._rate = per_second
        self._size = max(1.0, per_second * burst_seconds)
        self._buckets: dict[str, _Bucket] = {}
        self._max_sources = max_sources

    def wait_seconds(self, source_id: str, now: float, cost: float = 1.0) -> float:
        """Take `cost` if there is room.

        Args:
            source_id: who.
            now: seconds of a monotonic clock.
            cost: how much; more than the whole bucket is taken as the whole bucket.

        Returns:
            0 if it was taken; otherwise the seconds until it can be, and nothing was taken.
        """
        bucket = self._buckets.get(source_id)
        if bucket is None:
            bucket = self._admit(source_id, now)
        room = bucket.room + (now - bucket.at) * self._rate
        bucket.room = room = min(room, self._size)
        bucket.at = now
        cost = min(cost, self._size)
        if cost <= room:
            bucket.room = room - cost
            return 0.0
        return (cost - room) / self._rate

    def charge(self, source_id: str, now: float, cost: float) -> None:
        """Take what was used already, as debt if there is no room: until it is paid, a cost of 0 has to wait too.

        Args:
            source_id: who.
            now: seconds of a monotonic clock.
            cost: how much, however much it is.
        """
        self.wait_seconds(source_id, now, cost=0.0)
        self._buckets[source_id].room -= cost

    def _admit(self, source_id: str, now: float) -> _Bucket:
        if len(self._buckets) >= self._max_sources:
            del self._buckets[next(iter(self._buckets))]
        bucket = self._buckets[source_id] = _Bucket(self._size, now)
        return bucket
