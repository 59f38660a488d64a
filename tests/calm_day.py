"""For tests that look at one UTC day twice: they begin when it goes on for long enough, not shortly before midnight."""

from __future__ import annotations

import time

DAY_SECONDS = 86_400


def no_midnight_for(seconds: int = 150) -> None:
    """Return at once, or just after midnight if the UTC day would end within so many seconds."""
    left = DAY_SECONDS - time.time() % DAY_SECONDS
    if left < seconds:
        time.sleep(left + 1)
