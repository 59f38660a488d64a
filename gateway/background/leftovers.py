"""Watching the log: whether it takes entries, and what it is owed.

What was committed while it could take nothing is sequenced as soon as it is back.
"""

from __future__ import annotations

from audit import LogUnavailableError, Sequencer
from consent import ConsentError
from gateway.consents.desk import ConsentDesk
from gateway.recurring import Recurring
from gateway.telemetry.journal import Happening, Journal

_TICK_SECONDS = 0.5


class Leftovers:
    """Looks at intervals whether the log is owed something and can take it."""

    def __init__(self, desk: ConsentDesk, sequencer: Sequencer, journal: Journal) -> None:
        """Let `desk` pay what it owes once `sequencer` takes entries again; `journal` is told when it goes and comes back."""
        self._journal = journal
        self._was_available = True
        self._desk = desk
        self._sequencer = sequencer
        self._looking = Recurring(self._look, _TICK_SECONDS, passing=(LogUnavailableError, ConsentError))

    def start(self) -> None:
        """Begin to clear up."""
        self._looking.start()

    async def stop(self) -> None:
        """End. What is still owed is sequenced at the next start."""
        await self._looking.stop()

    async def _look(self) -> None:
        self._tell()
        if self._desk.owes_log and self._sequencer.available:
            await self._desk.sequence_leftovers()

    def _tell(self) -> None:
        available = self._sequencer.available
        if available is not self._was_available:
            self._was_available = available
            self._journal.write(Happening.LOG_AVAILABLE if available else Happening.LOG_UNAVAILABLE)
