"""Receipts and rights from what there is: the ledger, the history in memory, the consent desk's erasure.

- A receipt is the ledger's row as JSON, with its place in the log.
- The data of a person are their records, every change of them, and what was learnt from their signals, by item id.
- The raw identifier is not among them: it is kept nowhere.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from consent import ConsentEvent, ConsentLedger
from gateway.consent_desk import ConsentDesk
from gateway.portal.neighbours import Keepsake, RightsRequest
from privacy import SubjectRef

Run = Callable[..., Awaitable[Any]]
"""Carries out a call to the records in their thread."""

Learnt = Callable[[SubjectRef], dict[str, Any]]
"""What is held in memory about a person, by purpose."""


class PlainRights:
    """Both seams, without a service behind them."""

    def __init__(
        self, *, ledger: ConsentLedger, desk: ConsentDesk, run: Run, learnt: Learnt, log_origin: str
    ) -> None:
        """Read `ledger` by `run`; `learnt` tells what is in memory; entries are of the log `log_origin`."""
        self._ledger = ledger
        self._desk = desk
        self._run = run
        self._learnt = learnt
        self._origin = log_origin

    async def receipt(self, ref: SubjectRef, receipt_id: bytes) -> Keepsake | None:
        """See the port."""
        for event in await self._run(self._ledger.history_of, ref):
            if event.event_id == receipt_id:
                name = f"receipt-{event.event_id.hex()}.json"
                return Keepsake(name, "application/json", _json(self._row(event)))
        return None

    async def requests_of(self, ref: SubjectRef) -> Sequence[RightsRequest]:  # noqa: ARG002  # none are kept
        """See the port: erasure is carried out at once, so nothing is ever open."""
        return ()

    async def data_of(self, ref: SubjectRef) -> Keepsake:
        """See the port."""
        events = await self._run(self._ledger.history_of, ref)
        content = {"consents": [self._row(event) for event in events], "learnt": self._learnt(ref)}
        return Keepsake("my-data.json", "application/json", _json(content))

    async def erase(self, ref: SubjectRef) -> None:
        """See the port."""
        await self._desk.erase(ref)

    def _row(self, event: ConsentEvent) -> dict[str, Any]:
        return {
            "receipt_id": event.event_id.hex(),
            "purpose": event.purpose,
            "version": event.version,
            "status": event.status.value,
            "evidence": event.evidence.value,
            "method": event.method,
            "locale": event.locale,
            "notice_version": event.notice_version,
            "occurred_at": event.occurred_at,
            "recorded_at": event.recorded_at,
            "valid_until": event.valid_until,
            "source": event.source,
            "audit": None if event.log_index is None else {"log": self._origin, "index": event.log_index},
        }


def _json(content: object) -> bytes:
    return json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n"
