"""What a person wants of the use of their signals, for good: items that are not used, items to see less of, a new beginning.

- *Not used*: out of training at once, and of no weight in the history; every replay keeps it so.
- *Less like this*: the item is not shown to them, and speaks against what is like it.
- *Use again*: what the person wanted of an item ends. Where it kept its place in the history, it counts again; otherwise from
  what comes next. Only the person can: whoever speaks for them must show it.
- *Reset*: nothing up to a moment is used; what comes later counts again. An older copy of the records does not undo it.

The signals themselves stay sealed in the log until their key goes. What is kept of a wish is sealed under the person's own
evidence key, which sort it is as the associated data: it is unreadable after an erasure, in every copy.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Protocol

from consent import DisputedItems, Evidence, KeptDenial, Status
from gateway.lasting.denied_list import DeniedList
from gateway.memory.people import People
from privacy import NONCE_BYTES, SealBrokenError, Sealer, SubjectRef, seal, sealer, unseal
from scoring import ITEM_MASK, Catalogue, Contributions, History, Trending

if TYPE_CHECKING:
    from scoring.permitted import PermittedSignals

Features = History | Contributions | Trending
"""What is kept of people's signals."""

RESET = "*reset"
"""As what a new beginning stands on the list of denials, which outlives the records: nothing up to then is used."""

_DISPUTED = b"volens/disputed/v1"
_DISLIKED = b"volens/disliked/v1"
_RESET = b"volens/reset/v1"


class Drops(Protocol):
    """Something that can be made to hold nothing of an item."""

    def drop(self, slot: int, item: int) -> object:
        """Hold nothing of a person's item any more."""
        ...

    def drop_until(self, slot: int, at: int) -> object:
        """Hold nothing of what a person did at `at` or before (unix seconds)."""
        ...


class Disputed:
    """Everybody's wishes, in memory. Lives on the event loop."""

    def __init__(self, people: People, catalogue: Catalogue, features: tuple[Drops, ...]) -> None:
        """Keep disputed items of `people` out of `features`."""
        self._people = people
        self._catalogue = catalogue
        self._features = features
        self._pairs: set[tuple[int, int]] = set()
        self._since: dict[int, int] = {}
        self.disliked: dict[int, tuple[int, ...]] = {}
        """By slot, the items of which a person wants to see less."""
        self.on_dropped: list[Callable[[], object]] = []
        """Who must know that something is gone: training, the snapshot."""
        self.on_disputed: list[Callable[[int, int], object]] = []
        """Who else holds what people did with items: called with whose and which must go."""

    def load(self, store: DisputedItems) -> None:
        """Know what is kept. Whoever was erased has nothing there."""
        slot_of = {self._people.subject_id[slot]: slot for slot in self._people.slots()}
        for subject_id, sealed in store.load_disputed():
            slot = slot_of.get(subject_id)
            if slot is not None:
                self._take_up(slot, sealed)

    def watch(self, features: Features) -> None:
        """Keep disputed items out of these as well, from now on."""
        self._features = (*self._features, features)

    def drop_all(self) -> None:
        """Take out what a snapshot brought back."""
        for slot, item in self._pairs:
            self._drop(slot, item)
        for slot, at in self._since.items():
            for features in self._features:
                features.drop_until(slot, at)

    def dispute(self, slot: int, item: int) -> None:
        """From now on a person's signals about an item are not used."""
        self._pairs.add((slot, item))
        self._drop(slot, item)
        self._tell()

    def dislike(self, slot: int, item: int) -> None:
        """From now on a person sees less like an item, and not the item itself."""
        self.disliked[slot] = tuple(dict.fromkeys((*self.disliked.get(slot, ()), item)))

    def use_again(self, slot: int, item: int) -> None:
        """From now on an item is like any other to a person."""
        self._pairs.discard((slot, item))
        self.disliked[slot] = tuple(each for each in self.disliked.get(slot, ()) if each != item)
        if not self.disliked[slot]:
            del self.disliked[slot]
        for features in self._features:
            if isinstance(features, History):
                features.use_again(slot, item)

    def reset(self, slot: int, at: int) -> None:
        """From now on nothing counts that happened at `at` or before (unix seconds)."""
        self._since[slot] = max(at, self._since.get(slot, 0))
        for features in self._features:
            features.drop_until(slot, at)
        self._tell()

    def forget(self, slot: int) -> None:
        """Know nothing of what a person wanted: they were erased."""
        self._pairs = {each for each in self._pairs if each[0] != slot}
        self._since.pop(slot, None)
        self.disliked.pop(slot, None)

    def take_in(self, features: Features, signals: PermittedSignals) -> None:
        """Give signals to features, without what is disputed or was before a reset."""
        if not self._pairs and not self._since:
            features.add_many(signals.slots, signals.items, signals.times)
            return
        for slot, item, at in zip(signals.slots, signals.items, signals.times, strict=True):
            if at <= self._since.get(slot, -1):
                continue
            if (slot, item & ITEM_MASK) not in self._pairs:
                features.add(slot, item, at)
            elif isinstance(features, History):
                features.add_unused(slot, item, at)  # its place is taken: no other addend changes

    def holds(self, slot: int, item: int) -> bool:
        """Whether a person disputes an item."""
        return (slot, item) in self._pairs

    def concerns(self, slot: int, items: Sequence[int]) -> bool:
        """Whether one of these items is disputed by a person."""
        return bool(self._pairs) and any((slot, item) in self._pairs for item in items)

    def items_of(self, slot: int) -> list[int]:
        """What a person disputes, by permanent index."""
        return sorted(item for whose, item in self._pairs if whose == slot)

    def wished_of(self, slot: int) -> list[int]:
        """The items of which a person wants something, by permanent index."""
        return sorted({*self.items_of(slot), *self.disliked.get(slot, ())})

    def _drop(self, slot: int, item: int) -> None:
        for features in self._features:
            features.drop(slot, item)
        for drop in self.on_disputed:
            drop(slot, item)

    def _tell(self) -> None:
        for tell in self.on_dropped:
            tell()

    def _take_up(self, slot: int, sealed: bytes) -> None:
        """One kept wish; what does not open is not this person's any more."""
        item = self._item(slot, sealed, _DISPUTED)
        if item is not None:
            self._pairs.add((slot, item))
        elif (item := self._item(slot, sealed, _DISLIKED)) is not None:
            self.dislike(slot, item)
        elif (at := self._open(slot, sealed, _RESET)) is not None:
            self._since[slot] = max(int(at), self._since.get(slot, 0))

    def _item(self, slot: int, sealed: bytes, associated: bytes) -> int | None:
        opened = self._open(slot, sealed, associated)
        return None if opened is None else self._catalogue.index_of.get(opened.decode())

    def _open(self, slot: int, sealed: bytes, associated: bytes) -> bytes | None:
        return _unsealed(sealer(self._people.evidence_key(slot)), sealed, associated)


class Disputing:
    """Takes wishes in, and keeps them."""

    def __init__(
        self,
        disputed: Disputed,
        store: DisputedItems,
        people: People,
        catalogue: Catalogue,
        worker: Executor,
        denied: DeniedList,
    ) -> None:
        """Keep wishes in `store`, called on `worker`, and new beginnings also on `denied`."""
        self.disputed = disputed
        """Everybody's wishes."""
        self._store = store
        self._people = people
        self._catalogue = catalogue
        self._worker = worker
        self._denied = denied

    async def dispute(self, ref: SubjectRef, item: str) -> bool:
        """Stop using an item for a person. False if nobody, or no item, is known by that name.

        Raises:
            StoreUnavailableError: it could not be kept; it is not used any more until the next start.
        """
        slot, index = self._people.slot_of.get(ref), self._catalogue.index_of.get(item)
        if slot is None or index is None:
            return False
        self.disputed.dispute(slot, index)
        await self._keep(slot, item.encode(), _DISPUTED)
        return True

    async def dislike(self, ref: SubjectRef, item: str) -> bool:
        """Show a person less like an item. False if nobody, or no item, is known by that name. Raises as `dispute`."""
        slot, index = self._people.slot_of.get(ref), self._catalogue.index_of.get(item)
        if slot is None or index is None:
            return False
        self.disputed.dislike(slot, index)
        await self._keep(slot, item.encode(), _DISLIKED)
        return True

    async def use_again(self, ref: SubjectRef, item: str) -> bool:
        """End what a person wanted of an item. False if they wanted nothing of it.

        Raises:
            StoreUnavailableError: it stays as it was.
        """
        slot, index = self._people.slot_of.get(ref), self._catalogue.index_of.get(item)
        if slot is None or index is None or index not in self.disputed.wished_of(slot):
            return False
        loop = asyncio.get_running_loop()
        subject_id, key = self._people.subject_id[slot], self._people.evidence_key(slot)
        await loop.run_in_executor(self._worker, self._lift, subject_id, key, item.encode())
        if self._people.slot_of.get(ref) == slot:
            self.disputed.use_again(slot, index)
        return True

    def _lift(self, subject_id: int, key: bytes, item: bytes) -> None:
        cipher = sealer(key)
        kept = [sealed for whose, sealed in self._store.load_disputed() if whose == subject_id]
        named = [
            sealed
            for sealed in kept
            if item in {_unsealed(cipher, sealed, sort) for sort in (_DISPUTED, _DISLIKED)}
        ]
        self._store.lift(subject_id, named)

    async def reset(self, ref: SubjectRef, now: int) -> bool:
        """Let nothing count for a person that happened until `now`. False if nobody is known. Raises as `dispute`."""
        slot = self._people.slot_of.get(ref)
        if slot is None:
            return False
        self.disputed.reset(slot, now)
        begun = KeptDenial(RESET, Status.WITHDRAWN, 0, now, Evidence.USER_ACTION)
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._worker, self._denied.add, self._people.evidence_key(slot), [begun])
        await self._keep(slot, str(now).encode(), _RESET)
        return True

    async def _keep(self, slot: int, wish: bytes, associated: bytes) -> None:
        cipher = sealer(self._people.evidence_key(slot))
        sealed = seal(cipher, os.urandom(NONCE_BYTES), wish, associated)
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._worker, self._store.dispute, self._people.subject_id[slot], sealed)


def _unsealed(cipher: Sealer, sealed: bytes, associated: bytes) -> bytes | None:
    try:
        return unseal(cipher, sealed, associated)
    except SealBrokenError:
        return None
