"""Announcing that old entries go, with the gateway stopped: the first half of `volens audit prune`."""

from __future__ import annotations

from audit import MINIMUM_DETAIL, Kind, Minimum, Outcome
from gateway.parts import Stopped


async def announce_minimum(stopped: Stopped, index: int, *, now: int) -> Minimum:
    """Let the log say that entries below `index` (a multiple of 256) go; published when the log is closed.

    Args:
        stopped: the log of a gateway that does not run.
        index: the first entry that stays.
        now: unix seconds.

    Raises:
        AuditError: the log could not take it; nothing may be deleted.
    """
    entry = stopped.writer.plain(Kind.RETENTION, Outcome.DONE, now, {MINIMUM_DETAIL: index})
    place = stopped.sequencer.append(entry, reserved=True)
    await stopped.sequencer.wait_durable()
    return Minimum(index, place)
