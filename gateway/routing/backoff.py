"""How long to wait before the next attempt: doubling, capped, jittered; never sooner than the destination asked.

Half of the wait is fixed and half is random, so that destinations that failed together do not come back together and
the wait still grows ("equal jitter").
"""

from __future__ import annotations

from dataclasses import dataclass

_MAX_DOUBLINGS = 30


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patient we are with a destination."""

    max_attempts: int = 12
    """Attempts before a batch becomes dead letters."""
    first_seconds: float = 0.5
    """The first wait, before jitter."""
    cap_seconds: float = 300.0
    """The longest wait of our own choosing."""
    retry_after_cap_seconds: float = 3600.0
    """The longest wait a destination can impose."""


def wait_seconds(policy: RetryPolicy, failures: int, asked: float, draw: float) -> float:
    """Seconds to wait after `failures` failures in a row (from 1).

    Args:
        policy: the bounds.
        failures: how many attempts have failed in a row, from 1.
        asked: what the destination asked for (`Retry-After`), 0 for nothing.
        draw: a uniform draw from [0, 1).
    """
    doublings = min(max(failures - 1, 0), _MAX_DOUBLINGS)
    grown: float = min(policy.cap_seconds, policy.first_seconds * 2.0**doublings)
    return max(grown * (0.5 + draw / 2.0), min(asked, policy.retry_after_cap_seconds))
