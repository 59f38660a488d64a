"""What destinations are sent, and that the log is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from audit import Kind, Outcome
from gateway.evidence.entries import EntryWriter
from gateway.routes.services import Services
from gateway.routing import DeliveryLog


@dataclass(frozen=True, slots=True)
class Sending:
    """It begins where the log stands, and has a while to end; then the log is told what is left."""

    services: Services
    """With the router and the log."""
    deliveries: DeliveryLog
    """What tells the log of deliveries."""

    def start(self) -> None:
        """Begin to send."""
        self.services.router.start(self.services.sequencer.durable_size)
        self.deliveries.start()

    async def stop(self) -> None:
        """End it; the log is told what was sent."""
        await self.services.router.stop(float(self.services.settings.server.shutdown_seconds))
        await self.deliveries.stop()


def open_sending(services: Services, writer: EntryWriter) -> Sending:
    """Let the log be told of deliveries, in entries that `writer` makes."""

    async def note(detail: Mapping[str, str | int]) -> None:
        entry = writer.plain(Kind.EXPORT, Outcome.DONE, services.clock.now(), detail)
        services.sequencer.append(entry)
        await services.sequencer.wait_durable()

    return Sending(services, DeliveryLog(services.router.status, note))
