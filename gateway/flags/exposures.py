"""Exposures: that somebody used an arm, written as an event of the purpose `experiments` like any an app sends.

It takes the same way as every signal: minimised by the policy, sealed under the person's key for this purpose, in one
frame with its entry. So it falls silent with the key, and destinations of the purpose receive it too.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from audit import Sequencer
from gateway.enforcement import ENTROPY_BYTES, Enforcement
from gateway.evidence.entries import EntryWriter, commit
from gateway.evidence.personal_entries import PersonalEntries
from gateway.flags.checking import EXPERIMENT_FIELD, EXPOSURE_EVENT, VARIANT_FIELD
from gateway.memory.people import People
from privacy import day_of


class Exposures:
    """Writes exposures to the log."""

    def __init__(  # noqa: PLR0913  # what an entry is made of
        self,
        *,
        bit: int,
        people: People,
        enforcement: Enforcement,
        writer: EntryWriter,
        sequencer: Sequencer,
        entries: PersonalEntries,
        on_durable: Callable[[int], object],
    ) -> None:
        """Write for the purpose `bit`.

        Args (those that do not explain themselves):
            on_durable: learns how many entries are durable.
        """
        self._on_durable = on_durable
        self._bit = bit
        self._people = people
        self._enforcement = enforcement
        self._writer = writer
        self._sequencer = sequencer
        self._entries = entries

    async def record(self, slot: int, experiment: str, arm: str, now: int) -> None:
        """Write that a person used an arm. Durable on return.

        Raises:
            LogUnavailableError: the log did not take it.
        """
        said = {EXPERIMENT_FIELD: experiment, VARIANT_FIELD: arm}
        event = (slot, EXPOSURE_EVENT, 1 << self._bit, said, now, 0)
        day = day_of(self._writer.rounded(now))
        with self._people.numbers_kept([slot]):
            tag, r = self._people.evidence(slot)
            (half,), _ = self._enforcement.seal([event], tag, os.urandom(ENTROPY_BYTES), day)
            entry = self._writer.accepted(1 << self._bit, tag, commit(r, half), now)
            durable = self._entries.append_durably([entry], [half], [slot])
        await durable
        self._on_durable(self._sequencer.durable_size)
