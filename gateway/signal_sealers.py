"""The ciphers of the signal keys in use: one per person and purpose, bounded, and emptied by a denial.

Building an AES-GCM object costs twice what using one does, so those of the people active now are kept. The keys come
from the records store, unwrapped; a key that is not there any more was destroyed by a withdrawal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

LoadKeys = Callable[[list[int]], Mapping[int, Mapping[int, bytes]]]
"""subject ids -> {subject id: {bit: 32-byte key}}; absent where there is none."""


class SignalSealers:
    """A bounded cache of ciphers, keyed by slot and purpose bit."""

    def __init__(
        self, load_keys: LoadKeys, subject_id_of: Callable[[int], int], *, max_people: int = 65_536
    ) -> None:
        """Load keys with `load_keys`, and keep the ciphers of at most `max_people` people."""
        self._load_keys = load_keys
        self._subject_id_of = subject_id_of
        self._max_people = max_people
        self._ciphers: dict[int, dict[int, AESGCM]] = {}

    def of(self, slot: int) -> Mapping[int, AESGCM]:
        """The ciphers of one person by purpose bit."""
        found = self._ciphers.get(slot)
        if found is None:
            self.warm((slot,))
            found = self._ciphers[slot]
        return found

    def warm(self, slots: Iterable[int]) -> None:
        """Load in one go what is not here yet."""
        missing = {self._subject_id_of(slot): slot for slot in slots if slot not in self._ciphers}
        if not missing:
            return
        if len(self._ciphers) + len(missing) > self._max_people:
            for slot in list(self._ciphers)[: len(missing) + self._max_people // 8]:
                del self._ciphers[slot]
        keys = self._load_keys(list(missing))
        for subject_id, slot in missing.items():
            self._ciphers[slot] = {bit: AESGCM(key) for bit, key in keys.get(subject_id, {}).items()}

    def drop(self, slot: int) -> None:
        """Forget a person's ciphers: their keys have changed."""
        self._ciphers.pop(slot, None)
