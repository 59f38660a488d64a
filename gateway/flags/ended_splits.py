"""Splits that ended, because their flag or their rule was removed: who took part in one does so again if it comes back.

What bound a split while it was in force binds it for ever: its weights, its part of a namespace, and the coverage that it had
reached. So nobody is made to leave by removing it and bringing it back with less. Another salt begins anew, as ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from gateway.flags.model import Flag, SplitPart
from scoring import coverage_at

MAX_ENDED = 10_000
"""When there are so many, no split begins that was never there."""

_pack = msgspec.json.Encoder().encode  # NOTE: never sorted, as flags are not
_unpack = msgspec.json.Decoder(SplitPart).decode


def encode_split(split: SplitPart) -> bytes:
    """A split as it is stored."""
    return _pack(split)


def splits_of(flag: Flag | None) -> list[SplitPart]:
    """The splits of a flag; none of no flag."""
    return [] if flag is None else [rule.split for rule in flag.rules if rule.split is not None]


def ending(old: Flag | None, new: Flag | None, now: int) -> dict[str, SplitPart]:
    """The splits that end when a flag is replaced or removed at a moment (unix seconds), by salt, as they are then."""
    staying = {split.salt for split in splits_of(new)}
    return {
        split.salt: msgspec.structs.replace(
            split, coverage=coverage_at(split.ramp, now, split.coverage), ramp=()
        )
        for split in splits_of(old)
        if split.salt not in staying
    }


class EndedSplits:
    """What ended of every flag. Lives on the event loop; no locks."""

    def __init__(self) -> None:
        """Begin with nothing that ended."""
        self._of: dict[str, dict[str, SplitPart]] = {}

    def take_up(self, kept: Iterable[tuple[str, bytes]]) -> None:
        """Know what is stored: flag and split.

        Raises:
            msgspec.DecodeError: it is no split.
        """
        for key, body in kept:
            split = _unpack(body)
            self.note(key, {split.salt: split})

    def note(self, key: str, ended: Mapping[str, SplitPart]) -> None:
        """These splits of a flag ended just now."""
        if ended:
            self._of.setdefault(key, {}).update(ended)

    def binding(self, flag: Flag) -> list[SplitPart]:
        """What binds a flag: its own splits that ended, and those of any other that had an experiment of the same name."""
        names = {part.id for _, part in flag.experiments()}
        others = [each for key, splits in self._of.items() if key != flag.key for each in splits.values()]
        of_others = [s for s in others if s.experiment is not None and s.experiment.id in names]
        return [*self._of.get(flag.key, {}).values(), *of_others]

    def has_room_for(self, flag: Flag, old: Flag | None) -> bool:
        """Whether a flag may begin what it begins: splits that were never there are not begun without end."""
        if sum(map(len, self._of.values())) < MAX_ENDED:
            return True
        known = {split.salt for split in splits_of(old)} | self._of.get(flag.key, {}).keys()
        return {split.salt for split in splits_of(flag)} <= known
