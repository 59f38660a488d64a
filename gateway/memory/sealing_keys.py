"""The signal keys in use: one per person, purpose and day, bounded, and emptied by a denial.

They come from the records store, unwrapped, which takes ten times as long as to seal a signal with one: so those of the people
active now are kept, for the last two days that were asked for, and of everybody together about 262,144 (50 MB). A key that is not
there any more was destroyed by a withdrawal, a day that is not there any more by age.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from privacy import AgingKey

LoadKeys = Callable[[list[int]], Mapping[int, Mapping[int, AgingKey]]]
"""subject ids -> {subject id: {bit: key}}; absent where there is none."""

_DAYS = 2


class SealingKeys:
    """A bounded cache of keys, by slot, day and purpose bit."""

    def __init__(
        self, load_keys: LoadKeys, subject_id_of: Callable[[int], int], *, max_keys: int = 262_144
    ) -> None:
        """Load keys with `load_keys`, and keep about `max_keys` at most."""
        self._load_keys = load_keys
        self._subject_id_of = subject_id_of
        self._max_keys = max_keys
        self._held = 0
        self._keys: dict[int, dict[int, dict[int, bytes]]] = {}
        self._days: dict[int, tuple[int, ...]] = {}

    def of(self, slot: int, day: int) -> Mapping[int, bytes]:
        """What seals one person's signals on a day (`privacy.day_of`), 32 bytes by purpose bit."""
        return self.of_all((slot,), day)[0]

    def of_all(self, slots: Sequence[int], day: int) -> list[Mapping[int, bytes]]:
        """`of` each; what is not here yet is loaded in one go."""
        try:
            have = self._keys[day]
            return [have[slot] for slot in slots]
        except KeyError:
            self.warm(slots, day)
        have = self._keys[day]
        return [have[slot] for slot in slots]

    def warm(self, slots: Iterable[int], day: int) -> None:
        """Load in one go what is not here yet."""
        if self._held > self._max_keys:
            self._make_room()
        have = self._keys.setdefault(day, {})
        missing = {self._subject_id_of(slot): slot for slot in slots if slot not in have}
        keys = self._load_keys(list(missing)) if missing else {}
        for subject_id, slot in missing.items():
            days = self._days.get(slot, ())
            if len(days) == _DAYS:
                self._forget(slot, days[0])
                days = days[1:]
            self._days[slot] = (*days, day)
            have[slot] = _of_day(keys.get(subject_id, {}), day)
            self._held += _weight(have[slot])

    def drop(self, slot: int) -> None:
        """Forget a person's keys: they have changed."""
        for day in self._days.pop(slot, ()):
            self._forget(slot, day)

    def drop_all(self) -> None:
        """Forget everybody's keys: days of them were destroyed."""
        self._keys.clear()
        self._days.clear()
        self._held = 0

    def _forget(self, slot: int, day: int) -> None:
        of_day = self._keys[day]
        self._held -= _weight(of_day.pop(slot))
        if not of_day:
            del self._keys[day]

    def _make_room(self) -> None:
        """Forget those who came first, an eighth of all."""
        for slot in list(self._days)[: len(self._days) // 8 + 1]:
            self.drop(slot)


def _weight(keys: Mapping[int, bytes]) -> int:
    """What is kept of one person and day; somebody without a key is something to be kept, too."""
    return 1 + len(keys)


def _of_day(keys: Mapping[int, AgingKey], day: int) -> dict[int, bytes]:
    sealing = ((bit, key.of(day)) for bit, key in keys.items())
    return {bit: key for bit, key in sealing if key is not None}
