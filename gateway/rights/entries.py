"""What happens to requests, in the log: entries of the kind `rights`, which name nobody.

A request stands there as a digest of its random id, so whoever holds the id finds its entries, and nobody else can tell whose
they are. Steps are committed first and sequenced then; what the log could not take follows when it is back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from audit import Kind, Outcome, Sequencer
from consent import Filed, RightsStep
from gateway.clock import Clock
from gateway.evidence.entries import EntryWriter

_DOMAIN = b"volens/rights/v1\0"


class RightsEntries:
    """Writes steps into the log. Lives on the event loop."""

    def __init__(self, writer: EntryWriter, sequencer: Sequencer, clock: Clock) -> None:
        """Write into `sequencer`."""
        self._writer = writer
        self._sequencer = sequencer
        self._clock = clock

    async def append(
        self, filed: Filed, steps: Sequence[RightsStep], *, reserved: bool
    ) -> list[tuple[bytes, int, int]]:
        """Put steps into the log; (request, step number, index) of each, once they are durable.

        Raises:
            LogUnavailableError: it did not take them.
        """
        entries = [self._entry(filed, step) for step in steps]
        first = self._sequencer.append_many(entries, [b""] * len(entries), reserved=reserved)
        await self._sequencer.wait_durable()
        request_id = filed.request.request_id
        return [(request_id, step.number, first + offset) for offset, step in enumerate(steps)]

    @property
    def possible(self) -> bool:
        """Whether the log takes ordinary entries now."""
        return self._sequencer.available

    def _entry(self, filed: Filed, step: RightsStep) -> bytes:
        request = filed.request
        detail = {
            "act": step.act.value,
            "request": request_digest(request.request_id),
            "right": request.right.value,
            "why": step.why.value,
        }
        return self._writer.plain(Kind.RIGHTS, Outcome.DONE, self._clock.now(), detail)


def request_digest(request_id: bytes) -> str:
    """How a request stands in the log: SHA-256 over the domain and its id, in hexadecimal."""
    return hashlib.sha256(_DOMAIN + request_id).hexdigest()
