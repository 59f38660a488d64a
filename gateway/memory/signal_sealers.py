"""The ciphers of the signal keys in use: one per person, purpose and day, bounded, and emptied by a denial.

Building an AES-GCM object costs twice what using one does, and each holds 2.5 KB: so those of the people active now are kept,
for the last two days that were asked for, and of everybody together about 65,536 (160 MB). The keys come from the records store,
unwrapped; a key that is not there any more was destroyed by a withdrawal, a day that is not there any more by age.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from privacy import AgingKey

LoadKeys = Callable[[list[int]], Mapping[int, Mapping[int, AgingKey]]]
"""subject ids -> {subject id: {bit: key}}; absent where there is none."""

_DAYS = 2


class SignalSealers:
    """A bounded cache of ciphers, keyed by slot, day and purpose bit."""

    def __init__(
        self, load_keys: LoadKeys, subject_id_of: Callable[[int], int], *, max_ciphers: int = 65_536
    ) -> None:
        """Load keys with `load_keys`, and keep about `max_ciphers` ciphers at most."""
        self._load_keys = load_keys
        self._subject_id_of = subject_id_of
        self._max_ciphers = max_ciphers
        self._held = 0
        self._ciphers: dict[int, dict[int, dict[int, AESGCM]]] = {}

    def of(self, slot: int, day: int) -> Mapping[int, AESGCM]:
        """The ciphers of one person on a day (`privacy.day_of`), by purpose bit."""
        days = self._ciphers.get(slot)
        found = None if days is None else days.get(day)
        if found is None:
            self.warm((slot,), day)
            found = self._ciphers[slot][day]
        return found

    def of_all(self, slots: Sequence[int], day: int) -> list[Mapping[int, AESGCM]]:
        """`of` each; what is not here yet is loaded in one go."""
        have = self._ciphers
        try:
            return [have[slot][day] for slot in slots]
        except KeyError:
            self.warm(slots, day)
        return [self.of(slot, day) for slot in slots]

    def warm(self, slots: Iterable[int], day: int) -> None:
        """Load in one go what is not here yet."""
        have = self._ciphers
        missing = {self._subject_id_of(slot): slot for slot in slots if day not in have.get(slot, ())}
        if not missing:
            return
        if self._held > self._max_ciphers:
            self._make_room()
        keys = self._load_keys(list(missing))
        for subject_id, slot in missing.items():
            days = have.setdefault(slot, {})
            while len(days) >= _DAYS:
                self._held -= _weight(days.pop(next(iter(days))))
            days[day] = _ciphers(keys.get(subject_id, {}), day)
            self._held += _weight(days[day])

    def drop(self, slot: int) -> None:
        """Forget a person's ciphers: their keys have changed."""
        self._held -= sum(map(_weight, self._ciphers.pop(slot, {}).values()))

    def drop_all(self) -> None:
        """Forget everybody's ciphers: days of keys were destroyed."""
        self._ciphers.clear()
        self._held = 0

    def _make_room(self) -> None:
        """Forget those who came first, an eighth of all."""
        for slot in list(self._ciphers)[: len(self._ciphers) // 8 + 1]:
            self.drop(slot)


def _weight(ciphers: Mapping[int, AESGCM]) -> int:
    """What is kept of one person and day; somebody without a key is something to be kept, too."""
    return 1 + len(ciphers)


def _ciphers(keys: Mapping[int, AgingKey], day: int) -> dict[int, AESGCM]:
    sealing = ((bit, key.of(day)) for bit, key in keys.items())
    return {bit: AESGCM(key) for bit, key in sealing if key is not None}
