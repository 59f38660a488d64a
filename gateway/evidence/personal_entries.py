"""Entries that carry people's tags, on their way into the log: no tag is ever skipped, and none is used twice.

A person's running number moves on when the evidence of their next entry is made (`People.evidence`). From then until the
entry is in the frame nothing may be awaited:

- Whatever fails before it is in the frame leaves every number as it was: the making stands in a `with people.numbers_kept(...)`.
- If the frame is lost, the numbers are given back before anybody learns of it, and so before anything else is appended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from audit import Sequencer
from gateway.memory.owners import EntryOwners
from gateway.memory.people import People

Settled = Callable[[BaseException | None], None]
"""Is told that the frame is durable (None), or why it is not."""


class PersonalEntries:
    """Appends them. Lives on the event loop."""

    def __init__(self, people: People, sequencer: Sequencer, owners: EntryOwners) -> None:
        """Append to `sequencer`; `owners` learns whose the entries are, and that they are nobody's if they are lost."""
        self._people = people
        self._sequencer = sequencer
        self._owners = owners

    def append(
        self,
        entries: list[bytes],
        sealed: list[bytes],
        slots: Sequence[int],
        settled: Settled,
        *,
        reserved: bool = False,
    ) -> int:
        """Append entries to the next frame, all or none.

        Args:
            entries: at most 65,535 bytes each.
            sealed: the sealed half of each.
            slots: whose tag each carries, from the first on; NOBODY has none, and entries at the end may be nobody's.
            settled: learns what became of the frame.
            reserved: whether they may use the room that is kept for withdrawals.

        Returns:
            The index of the first.

        Raises:
            LogUnavailableError: the log did not take them; the numbers are for the caller's `numbers_kept` to put back.
        """

        def lost() -> None:
            self._people.give_back(slots)
            self._owners.forget_from(first)

        first = self._sequencer.append_many(entries, sealed, reserved=reserved)
        self._owners.record(first, slots)
        self._sequencer.when_durable(settled, lost)
        return first

    def append_durably(
        self, entries: list[bytes], sealed: list[bytes], slots: Sequence[int], *, reserved: bool = False
    ) -> asyncio.Future[int]:
        """`append`, at once; the future has the index of the first when all of them are durable.

        Raises:
            LogUnavailableError: the log did not take them, or (the future) has lost them.
        """
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def settled(failure: BaseException | None) -> None:
            if done.cancelled():
                return
            if failure is None:
                done.set_result(first)
            else:
                done.set_exception(failure)

        first = self.append(entries, sealed, slots, settled, reserved=reserved)
        return done
