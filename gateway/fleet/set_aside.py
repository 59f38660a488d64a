"""Who is not asked for a while, as a device of theirs broke a sum: it follows from what is kept of the last rounds."""

from __future__ import annotations

from collections.abc import Iterable

from federated import Standing
from gateway.fleet.values import PartTaken
from privacy import SubjectRef

SET_ASIDE_ROUNDS = 8
"""For so many rounds: a device under another name costs another consent."""


class SetAside:
    """The people whose devices broke a sum in the last rounds."""

    def __init__(self) -> None:
        """Nobody is, yet."""
        self._of_round: dict[int, frozenset[SubjectRef]] = {}

    def note(self, round_id: int, parts: Iterable[PartTaken]) -> None:
        """Take up what became of whom in a round, the newest or one of the last."""
        found = frozenset(each.subject for each in parts if each.status == Standing.FAULTY.value)
        last = sorted(self._of_round | {round_id: found})[-SET_ASIDE_ROUNDS:]
        self._of_round = {each: (self._of_round | {round_id: found})[each] for each in last}

    @property
    def people(self) -> frozenset[SubjectRef]:
        """All of them."""
        return frozenset[SubjectRef]().union(*self._of_round.values())
