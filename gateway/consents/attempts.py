"""Attempts to undo a person's own no, or a minor's protection, in the log: how many, at most one entry of each sort a minute.

They are refused and change nothing, so they leave no trace of themselves in what the log says of a person. That somebody goes
on trying is worth knowing all the same: an entry of kind `admin`, outcome `failed`, with the reason and how many.
It concerns nobody in particular, and is never written as often as somebody tries.
"""

from __future__ import annotations

from collections.abc import Mapping

from audit import Kind, LogUnavailableError, Outcome, Sequencer
from consent import WriteRefusal
from gateway.clock import Clock
from gateway.evidence.entries import EntryWriter
from gateway.recurring import Recurring

LOOK_SECONDS = 60.0
"""Between two looks: attempts in between share an entry."""

_TOLD = (WriteRefusal.LIFTS_A_DENIAL, WriteRefusal.LIFTS_A_PROTECTION)


class Attempts:
    """Looks at what was refused, and tells the log."""

    def __init__(
        self, refused: Mapping[WriteRefusal, int], writer: EntryWriter, sequencer: Sequencer, clock: Clock
    ) -> None:
        """Tell `sequencer` of what `refused` counts, which only grows."""
        self._refused = refused
        self._told = dict.fromkeys(_TOLD, 0)
        self._writer = writer
        self._sequencer = sequencer
        self._clock = clock
        self._looking = Recurring(self.look, LOOK_SECONDS, passing=(LogUnavailableError,))

    def start(self) -> None:
        """Begin to look."""
        self._looking.start()

    async def stop(self) -> None:
        """End the task, and tell what was not told yet, if the log takes it."""
        await self._looking.stop()
        try:
            self.look()
        except LogUnavailableError:
            return

    def look(self) -> None:
        """Tell the log how many attempts there were since the last look.

        Raises:
            LogUnavailableError: it cannot take it; they are told with the next ones.
        """
        for reason in _TOLD:
            count = self._refused[reason]
            more = count - self._told[reason]
            if more:
                detail = {"act": reason.value, "n": more}
                entry = self._writer.plain(Kind.ADMIN, Outcome.FAILED, self._clock.now(), detail)
                self._sequencer.append(entry)
                self._told[reason] = count
