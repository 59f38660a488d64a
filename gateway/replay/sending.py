"""From a recording to the gateway: batches within the tracking API's limits, and a tally that adds up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from gateway.replay.client import GatewayClient
from gateway.replay.model import BadLine, Recorded

BATCH_EVENTS = 500
"""Events in one request; the tracking API takes 2,500."""

BATCH_BYTES = 400_000
"""Bytes of events in one request; the tracking API takes 500 KB."""


@dataclass(slots=True)
class SendCounts:
    """What became of a recording: sent = accepted + withheld + duplicate + invalid + unaccounted."""

    sent: int = 0
    """Events the gateway answered for."""
    accepted: int = 0
    """Permitted for at least one purpose."""
    withheld: int = 0
    """Not permitted; `reasons` says why."""
    duplicate: int = 0
    """Known already by their messageId."""
    invalid: int = 0
    """Refused as malformed by the gateway."""
    bad_lines: int = 0
    """Lines that could not be read."""
    reasons: Counter[str] = field(default_factory=Counter)
    """Reason -> count, for withheld events."""

    @property
    def unaccounted(self) -> int:
        """Events that the gateway's counts do not explain; 0 when all is well."""
        return self.sent - self.accepted - self.withheld - self.duplicate - self.invalid


def send_recording(
    entries: Iterable[Recorded | BadLine],
    client: GatewayClient,
    *,
    on_bad_line: Callable[[BadLine], None] = lambda _: None,
    on_progress: Callable[[SendCounts, int], None] = lambda _tally, _line: None,
) -> SendCounts:
    """Send every event in order.

    Args:
        entries: the recording.
        client: where to.
        on_bad_line: told of each line that is skipped.
        on_progress: told after each batch: the tally so far and the last line read.

    Raises:
        SendingError: the gateway does not take a batch.
        RecordingError: the recording cannot be read on.
    """
    tally = SendCounts()
    batch: list[dict[str, Any]] = []
    batch_bytes = line = 0
    for entry in entries:
        line = entry.line
        if isinstance(entry, BadLine):
            tally.bad_lines += 1
            on_bad_line(entry)
            continue
        size = len(msgspec.json.encode(entry.event)) + 1
        if batch and (len(batch) >= BATCH_EVENTS or batch_bytes + size > BATCH_BYTES):
            _send(batch, client, tally)
            on_progress(tally, line)
            batch, batch_bytes = [], 0
        batch.append(entry.event)
        batch_bytes += size
    if batch:
        _send(batch, client, tally)
    on_progress(tally, line)
    return tally


def _send(batch: list[dict[str, Any]], client: GatewayClient, tally: SendCounts) -> None:
    answer = client.send_batch(batch)
    reasons = Counter(answer.reasons)
    duplicate, invalid = reasons.pop("duplicate", 0), reasons.pop("invalid", 0)
    tally.sent += len(batch)
    tally.accepted += answer.accepted
    tally.withheld += answer.withheld - duplicate - invalid
    tally.duplicate += duplicate
    tally.invalid += invalid
    tally.reasons.update(reasons)
