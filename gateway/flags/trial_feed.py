"""From the log to what the experiments know, and back to nothing when somebody withdraws.

- The sealed signals of the purpose `experiments` are read from the beginning of the log, then as they come: only while
  there is an experiment, and beside the hot path. What a destroyed key closed stays closed.
- An app's exposure counts only if it names the arm that the person has: nobody can put themselves into another.
- While somebody permits linking, what their devices did before they signed in is theirs.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress

from consent import StoreError
from gateway.flags.checking import EXPERIMENT_FIELD, EXPOSURE_EVENT, PURPOSE, VARIANT_FIELD
from gateway.flags.metric_fields import MetricFields
from gateway.flags.ports import FlagStore
from gateway.flags.shelf import FlagShelf
from gateway.identities import Identities
from gateway.log_feed import LogFeed
from gateway.memory.people import People
from gateway.recurring import Recurring
from gateway.routing import FeedError, RoutedSignal
from privacy import SubjectRef
from scoring import Trials, choose_arm

_TICK_SECONDS = 1.0
_PAGE = 128
"""Records opened without giving the event loop back: about a millisecond."""


class TrialFeed:
    """Keeps the trials up to date. Lives on the event loop."""

    def __init__(  # noqa: PLR0913  # where it reads, and what it compares with
        self,
        *,
        feed: LogFeed,
        durable_size: Callable[[], int],
        shelf: FlagShelf,
        store: FlagStore,
        fields: MetricFields,
        people: People,
        identities: Identities,
        worker: Executor,
        bit: int | None,
    ) -> None:
        """Read `feed` up to `durable_size`; `bit` is that of the purpose, None if the policy has it not."""
        self._feed = feed
        self._durable_size = durable_size
        self._shelf = shelf
        self._store = store
        self._fields = fields
        self._people = people
        self._identities = identities
        self._worker = worker
        self._bit = bit
        self.trials = Trials()
        """What is known."""
        self.misplaced: Counter[str] = Counter()
        """Per experiment, exposures that named another arm than the person's."""
        self._next = 0
        self._noted: set[tuple[str, int]] = set()
        self._unsaved: Counter[tuple[str, str]] = Counter()
        self._reading = asyncio.Lock()
        self._reading_on = Recurring(self._catch_up_and_save, _TICK_SECONDS, at_once=True)

    def load(self) -> None:
        """Know how many people withdrew from each arm before.

        Raises:
            StoreUnavailableError, StoreCorruptError: it cannot be read.
        """
        for (experiment, arm), n in self._store.withdrawals().items():
            self.trials.withdrawn.setdefault(experiment, Counter())[arm] = n

    def start(self) -> None:
        """Begin to follow the log."""
        if self._bit is not None:
            self._reading_on.start()

    async def stop(self) -> None:
        """End, and keep what was counted."""
        await self._reading_on.stop()
        await self._save()

    def forget(self, slot: int) -> None:
        """A person's permission ended: nothing of them is left when this returns."""
        self._noted = {each for each in self._noted if each[1] != slot}
        withdrew = self._bit is not None and bool(self._people.refused[slot] >> self._bit & 1)
        left = self.trials.forget(slot, withdrew=withdrew)
        if withdrew:
            self._unsaved.update(left)

    def has_used(self, experiment: str, slot: int) -> bool:
        """Whether a person's use of an experiment's arm is written down."""
        return (experiment, slot) in self._noted or self.trials.arm_of(experiment, slot) is not None

    def note_use(self, experiment: str, slot: int) -> None:
        """A use was written that was not read back yet."""
        self._noted.add((experiment, slot))

    def still_permits(self, person: SubjectRef, slot: int) -> bool:
        """Whether a person is still there, and permits the purpose."""
        held = self._bit is not None and bool(self._people.mask[slot] >> self._bit & 1)
        return held and self._people.slot_of.get(person) == slot

    def same_people(self) -> dict[int, int]:
        """The slots that are somebody else's devices, and whose."""
        slot_of = self._people.slot_of
        pairs = [(ref, self._identities.linked_or_own(ref)) for ref in self._identities.linked]
        return {
            slot_of[ref]: slot_of[person]
            for ref, person in pairs
            if ref != person and ref in slot_of and person in slot_of
        }

    async def catch_up(self) -> None:
        """Take in everything that is durable."""
        if self._bit is None or not self._shelf.experiments:
            return
        async with self._reading:
            end = self._next >= self._durable_size()
            while not end:
                page = await self._feed.read(PURPOSE, self._next, _PAGE)
                for signal in page.signals:
                    self._take(signal)
                self._next, end = page.next_index, page.end
                await asyncio.sleep(0)

    def _take(self, signal: RoutedSignal) -> None:
        if signal.event == EXPOSURE_EVENT:
            self._take_exposure(signal)
        self.trials.observe((signal.event, None), signal.slot, signal.at, 1.0)
        for name, value in signal.attributes.items():
            number = self._fields.number_of(signal.event, name, value)
            if number is not None:
                self.trials.observe((signal.event, name), signal.slot, signal.at, number)

    def _take_exposure(self, signal: RoutedSignal) -> None:
        experiment, arm = (signal.attributes.get(name) for name in (EXPERIMENT_FIELD, VARIANT_FIELD))
        if not (isinstance(experiment, str) and isinstance(arm, str)):
            return
        found = self._shelf.experiments.get(experiment)
        if found is None:
            return
        devices = self._identities.devices_of(signal.subject)
        everybody = found[0].covering(1.0)
        arms = {choose_arm(everybody, ref.hex()) for ref in (signal.subject, *devices)}
        slots = [slot for ref in devices if (slot := self._people.slot_of.get(ref)) is not None]
        arms.add(self.trials.first_used(experiment, slots))
        if arm not in arms:
            self.misplaced[experiment] += 1
            return
        self.trials.expose(experiment, arm, signal.slot, signal.at)
        self._noted.discard((experiment, signal.slot))

    async def _catch_up_and_save(self) -> None:
        with suppress(FeedError):  # the clock stepped back: nobody can tell what is permitted
            await self.catch_up()
        await self._save()

    async def _save(self) -> None:
        counts, self._unsaved = self._unsaved, Counter()
        if not counts:
            return
        try:
            run = asyncio.get_running_loop().run_in_executor
            await run(self._worker, self._store.add_withdrawals, counts)
        except StoreError:
            self._unsaved.update(counts)
