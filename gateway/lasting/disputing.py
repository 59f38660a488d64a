"""What a person wants of the use of their signals, for good: items that are not used, items to see less of, a new beginning.

- *Not used*: out of training at once, and of no weight in the history; every replay keeps it so.
- *Less like this*: the item is not shown to them, and speaks against what is like it.
- *Use again*: what the person wanted of an item ends. Where it kept its place in the history, it counts again; otherwise from
  what comes next. Only the person can: whoever speaks for them must show it.
- *Reset*: nothing up to a moment is used; what comes later counts again. An older copy of the records does not undo it.
- What does not tell items apart (the windows of rules) begins anew with either; the moment is kept with the wish, so that reading
  the log back leads to the same.

The signals themselves stay sealed in the log until their key goes. What is kept of a wish is sealed under the person's own
evidence key, which sort it is as the associated data: it is unreadable after an erasure, in every copy.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Protocol

from consent import DisputedItems, Evidence, KeptDenial, Status
from gateway.lasting.denied_list import DeniedList
from gateway.lasting.kept_wishes import KeptWish, WishSort, open_wish, seal_wish
from gateway.memory.people import People
from privacy import Sealer, SubjectRef, sealer
from scoring import ITEM_MASK, Catalogue, Contributions, History, Trending

if TYPE_CHECKING:
    from scoring.permitted import PermittedSignals

Features = History | Contributions | Trending
"""What is kept of people's signals."""

RESET = "*reset"
"""As what a new beginning stands on the list of denials, which outlives the records: nothing up to then is used."""


class BeginsAnew(Protocol):
    """Something that does not tell items apart, and can be made to hold nothing of a person's past."""

    def drop_until(self, slot: int, at: int) -> object:
        """Hold nothing of what a person did at `at` or before (unix seconds)."""
        ...


class Drops(BeginsAnew, Protocol):
    """Something that can be made to hold nothing of an item as well."""

    def drop(self, slot: int, item: int) -> object:
        """Hold nothing of a person's item any more."""
        ...


class Disputed:
    """Everybody's wishes, in memory. Lives on the event loop."""

    def __init__(
        self, people: People, catalogue: Catalogue, features: tuple[Drops, ...], whole: tuple[BeginsAnew, ...]
    ) -> None:
        """Keep disputed items of `people` out of `features`; what is in `whole` begins anew with each wish."""
        self._people = people
        self._catalogue = catalogue
        self._features = features
        self._whole = whole
        self._pairs: set[tuple[int, int]] = set()
        self._since: dict[int, int] = {}
        self._anew: dict[int, int] = {}
        self.disliked: dict[int, tuple[int, ...]] = {}
        """By slot, the items of which a person wants to see less."""
        self.coming_back: set[tuple[int, int]] = set()
        """Of whom (slot) which item is about to be used again, unless they have wished something of it since."""
        self.on_dropped: list[Callable[[], object]] = []
        """Who must know that something is gone: training, the snapshot."""

    def load(self, store: DisputedItems) -> None:
        """Know what is kept. Whoever was erased has nothing there."""
        slot_of = {self._people.subject_id[slot]: slot for slot in self._people.slots()}
        for subject_id, sealed in store.load_disputed():
            slot = slot_of.get(subject_id)
            if slot is not None:
                self._take_up(slot, sealed)

    def watch(self, features: Drops) -> None:
        """Keep disputed items out of these as well, from now on."""
        self._features = (*self._features, features)

    def drop_all(self) -> None:
        """Take out what a snapshot brought back."""
        for slot, item in self._pairs:
            self._drop(slot, item)
        for slot, at in self._since.items():
            for features in self._features:
                features.drop_until(slot, at)
        for slot, at in self._anew.items():
            self._begin_anew(slot, at)

    def dispute(self, slot: int, item: int, at: int) -> None:
        """From now (`at`, unix seconds) on a person's signals about an item are not used."""
        self.coming_back.discard((slot, item))
        self._pairs.add((slot, item))
        self._drop(slot, item)
        self._begin_anew(slot, at)
        self._tell()

    def dislike(self, slot: int, item: int) -> None:
        """From now on a person sees less like an item, and not the item itself."""
        self.coming_back.discard((slot, item))
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
        self._begin_anew(slot, at)
        self._tell()

    def forget(self, slot: int) -> None:
        """Know nothing of what a person wanted: they were erased."""
        self._pairs = {each for each in self._pairs if each[0] != slot}
        self._since.pop(slot, None)
        self._anew.pop(slot, None)
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

    def concerns(self, slot: int, items: Sequence[int], at: int) -> bool:
        """Whether what a person did at a time (unix seconds), with these items, does not count where items are not told apart."""
        if at <= self._anew.get(slot, -1):
            return True
        return bool(self._pairs) and any((slot, item) in self._pairs for item in items)

    def reset_at(self, slot: int) -> int:
        """Up to when nothing counts of what a person did (unix seconds); 0 if they never wanted that."""
        return self._since.get(slot, 0)

    def items_of(self, slot: int) -> list[int]:
        """What a person disputes, by permanent index."""
        return sorted(item for whose, item in self._pairs if whose == slot)

    def wished_of(self, slot: int) -> list[int]:
        """The items of which a person wants something, by permanent index."""
        return sorted({*self.items_of(slot), *self.disliked.get(slot, ())})

    def _drop(self, slot: int, item: int) -> None:
        for features in self._features:
            features.drop(slot, item)

    def _begin_anew(self, slot: int, at: int) -> None:
        self._anew[slot] = max(at, self._anew.get(slot, 0))
        for whole in self._whole:
            whole.drop_until(slot, at)

    def _tell(self) -> None:
        for tell in self.on_dropped:
            tell()

    def _take_up(self, slot: int, sealed: bytes) -> None:
        """One kept wish; what does not open is not this person's any more."""
        wish = open_wish(sealer(self._people.evidence_key(slot)), sealed)
        if wish is None:
            return
        index = self._catalogue.index_of.get(wish.item)
        match wish.sort:
            case WishSort.RESET:
                self._since[slot] = max(wish.at, self._since.get(slot, 0))
            case WishSort.DISLIKED if index is not None:
                self.dislike(slot, index)
            case WishSort.DISPUTED if index is not None:
                self._pairs.add((slot, index))
        if wish.sort is not WishSort.DISLIKED:
            self._anew[slot] = max(wish.at, self._anew.get(slot, 0))


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

    async def dispute(self, ref: SubjectRef, item: str, now: int) -> bool:
        """Stop using an item for a person. False if nobody, or no item, is known by that name.

        Raises:
            StoreUnavailableError: it could not be kept; it is not used any more until the next start.
        """
        slot, index = self._people.slot_of.get(ref), self._catalogue.index_of.get(item)
        if slot is None or index is None:
            return False
        self.disputed.dispute(slot, index, now)
        await self._keep(slot, KeptWish(WishSort.DISPUTED, item, now))
        return True

    async def dislike(self, ref: SubjectRef, item: str) -> bool:
        """Show a person less like an item. False if nobody, or no item, is known by that name. Raises as `dispute`."""
        slot, index = self._people.slot_of.get(ref), self._catalogue.index_of.get(item)
        if slot is None or index is None:
            return False
        self.disputed.dislike(slot, index)
        await self._keep(slot, KeptWish(WishSort.DISLIKED, item))
        return True

    async def carry(self, anonymous: SubjectRef, known: SubjectRef, now: int) -> None:
        """What was wished anonymously of items holds for the known person too.

        Raises:
            StoreUnavailableError: not all of it does; what is missing is carried when this is called again.
        """
        theirs, own = self._people.slot_of.get(anonymous), self._people.slot_of.get(known)
        if theirs is None or own is None:
            return
        for index in set(self.disputed.items_of(theirs)) - set(self.disputed.items_of(own)):
            await self._keep(own, KeptWish(WishSort.DISPUTED, self._catalogue.ids[index], now))
            self.disputed.dispute(own, index, now)
        for index in set(self.disputed.disliked.get(theirs, ())) - set(self.disputed.disliked.get(own, ())):
            await self._keep(own, KeptWish(WishSort.DISLIKED, self._catalogue.ids[index]))
            self.disputed.dislike(own, index)

    async def use_again(self, ref: SubjectRef, item: str) -> bool:
        """End what a person wanted of an item. False if they wanted nothing of it.

        Raises:
            StoreUnavailableError: it stays as it was.
        """
        slot, index = self._people.slot_of.get(ref), self._catalogue.index_of.get(item)
        if slot is None or index is None or index not in self.disputed.wished_of(slot):
            return False
        loop, cipher = asyncio.get_running_loop(), sealer(self._people.evidence_key(slot))
        subject_id, coming_back = self._people.subject_id[slot], self.disputed.coming_back
        coming_back.add((slot, index))
        try:
            await loop.run_in_executor(self._worker, self._lift, subject_id, cipher, item)
            if (slot, index) in coming_back and self._people.slot_of.get(ref) == slot:
                self.disputed.use_again(slot, index)
        finally:
            coming_back.discard((slot, index))
        return True

    def _lift(self, subject_id: int, cipher: Sealer, item: str) -> None:
        kept = [sealed for whose, sealed in self._store.load_disputed() if whose == subject_id]
        named = [each for each in kept if (wish := open_wish(cipher, each)) is not None and wish.item == item]
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
        await self._keep(slot, KeptWish(WishSort.RESET, at=now))
        return True

    async def _keep(self, slot: int, wish: KeptWish) -> None:
        sealed = seal_wish(sealer(self._people.evidence_key(slot)), wish)
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._worker, self._store.dispute, self._people.subject_id[slot], sealed)
