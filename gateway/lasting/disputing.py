"""Items that a person does not want to be used: out of their history and of training at once, and kept out by every replay.

The signals themselves stay sealed in the log until their key goes. What is kept of a dispute is the item's id, sealed under the
person's own evidence key: it is unreadable after an erasure, in every copy.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TYPE_CHECKING

from consent import DisputedItems
from gateway.people import People
from privacy import NONCE_BYTES, SealBrokenError, SubjectRef, seal, sealer, unseal
from scoring import Catalogue, Contributions, History

if TYPE_CHECKING:
    from scoring.permitted import PermittedSignals

_ASSOCIATED = b"volens/disputed/v1"


class Disputed:
    """Pairs of person and item, in memory. Lives on the event loop."""

    def __init__(self, people: People, catalogue: Catalogue, features: tuple[History, Contributions]) -> None:
        """Keep disputed items of `people` out of `features`."""
        self._people = people
        self._catalogue = catalogue
        self._features = features
        self._pairs: set[tuple[int, int]] = set()
        self.on_dropped: list[Callable[[], object]] = []
        """Who must know that something is gone: training, the snapshot."""
        self.on_disputed: list[Callable[[int, int], object]] = []
        """Who else holds what people did with items: called with whose and which must go."""

    def load(self, store: DisputedItems) -> None:
        """Know what is kept. Whoever was erased has nothing there."""
        slot_of = {self._people.subject_id[slot]: slot for slot in self._people.slots()}
        for subject_id, sealed in store.load_disputed():
            slot = slot_of.get(subject_id)
            item = None if slot is None else self._open(slot, sealed)
            if slot is not None and item is not None:
                self._pairs.add((slot, item))

    def drop_all(self) -> None:
        """Take out what a snapshot brought back."""
        for slot, item in self._pairs:
            self._drop(slot, item)

    def dispute(self, slot: int, item: int) -> None:
        """From now on a person's signals about an item are not used."""
        self._pairs.add((slot, item))
        self._drop(slot, item)
        for tell in self.on_dropped:
            tell()

    def take_in(self, features: History | Contributions, signals: PermittedSignals) -> None:
        """Give signals to features, without what is disputed."""
        if not self._pairs:
            features.add_many(signals.slots, signals.items, signals.times)
            return
        kept = [
            each
            for each in zip(signals.slots, signals.items, signals.times, strict=True)
            if each[:2] not in self._pairs
        ]
        features.add_many([each[0] for each in kept], [each[1] for each in kept], [each[2] for each in kept])

    def holds(self, slot: int, item: int) -> bool:
        """Whether a person disputes an item."""
        return (slot, item) in self._pairs

    def items_of(self, slot: int) -> list[int]:
        """What a person disputes, by permanent index."""
        return sorted(item for whose, item in self._pairs if whose == slot)

    def _drop(self, slot: int, item: int) -> None:
        for features in self._features:
            features.drop(slot, item)
        for drop in self.on_disputed:
            drop(slot, item)

    def _open(self, slot: int, sealed: bytes) -> int | None:
        try:
            opened = unseal(sealer(self._people.evidence_key(slot)), sealed, _ASSOCIATED)
        except SealBrokenError:
            return None
        return self._catalogue.index_of.get(opened.decode())


class Disputing:
    """Takes disputes in, and keeps them."""

    def __init__(
        self,
        disputed: Disputed,
        store: DisputedItems,
        people: People,
        catalogue: Catalogue,
        worker: Executor,
    ) -> None:
        """Keep disputes in `store`, called on `worker`."""
        self._disputed = disputed
        self._store = store
        self._people = people
        self._catalogue = catalogue
        self._worker = worker

    async def dispute(self, ref: SubjectRef, item: str) -> bool:
        """Stop using an item for a person. False if nobody, or no item, is known by that name.

        Raises:
            StoreUnavailableError: it could not be kept; it is not used any more until the next start.
        """
        slot, index = self._people.slot_of.get(ref), self._catalogue.index_of.get(item)
        if slot is None or index is None:
            return False
        self._disputed.dispute(slot, index)
        cipher = sealer(self._people.evidence_key(slot))
        sealed = seal(cipher, os.urandom(NONCE_BYTES), item.encode(), _ASSOCIATED)
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._worker, self._store.dispute, self._people.subject_id[slot], sealed)
        return True
