"""A piece of a request that carries events: what came in, and what the path has made of it so far."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from audit import Outcome
from gateway.callers.principals import Principal
from gateway.enforcement import Judged
from gateway.wire.tracked_event import TrackedEvent


@dataclass(slots=True)
class EventChunk:
    """The events of a piece, and what became of them."""

    events: Sequence[TrackedEvent | None]
    """What was said; None of what could not be read."""
    source: Principal
    """Who sent it."""
    claims: int
    """What the request itself (GPC, root context) leaves permitted, as bits."""
    now: int
    """The time of arrival (unix seconds)."""
    skew_seconds: int
    """What to add to the client's timestamps."""
    durable: asyncio.Future[None]
    """Done when all of it is on disk and its consumers have it, or with why that will not be."""
    accepted: list[Judged] = field(default_factory=list)
    """The events that may become signals."""
    digests: list[int] = field(default_factory=list)
    """Message digests that are new."""
    withheld_digests: list[int] = field(default_factory=list)
    """Those of them whose event was withheld."""
    counts: Counter[Outcome] = field(default_factory=Counter)
    """How many events came to each outcome."""
    log_bytes: int = 0
    """What the log took in."""

    def withheld(self) -> dict[Outcome, int]:
        """How many events came to each outcome that is not acceptance."""
        return {outcome: n for outcome, n in self.counts.items() if outcome is not Outcome.ACCEPTED}
