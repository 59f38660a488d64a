"""How a slate was drawn, as a decision's evidence keeps it: enough to draw it again, and to learn from it."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from scoring.exploration.posterior import ShownSlate
from scoring.exploration.slate_policy import NOBODY_LEFT, Draw, SlatePolicy, draw_slates

_SEED_BYTES = 8


class DrawnSlate(msgspec.Struct, array_like=True, gc=False, frozen=True):
    """The draw of one slate. Of a placement that does not explore, everything is empty."""

    teaches: bool
    """Whether the person let it be learnt from, when it was shown."""
    candidates: list[int]
    """What was drawn from, by item index, in ranked order."""
    utilities: list[int]
    """What each promised, in UTILITY_UNIT."""
    chosen: list[int]
    """Positions among the candidates, place by place."""
    propensities: list[float]
    """How likely each was, given those before it. Their product is the propensity of the order."""
    seed: bytes
    """The chance it was drawn with: 8 bytes a place."""
    temperature: float
    """Of the policy."""
    floor: float
    """Of the policy."""
    features: bytes
    """(places, 60) little-endian int16: what was chosen looked like."""

    def to_learn_from(self, shown: int, at: int) -> ShownSlate | None:
        """What teaches, if the first `shown` places were shown at `at` (unix seconds); None if none of them was drawn."""
        places = [place for place in self.chosen if place != NOBODY_LEFT][:shown]
        if not places:
            return None
        width = len(self.features) // len(self.chosen)
        return ShownSlate(
            [self.candidates[place] for place in places],
            self.features[: width * len(places)],
            at=at,
            propensity=self.propensities[0],
            candidates=len(self.candidates),
            rank=places[0],
            promised_most=self.utilities[places[0]] == max(self.utilities),
        )


def seed_bytes(places: int) -> int:
    """How much chance a draw of so many places takes."""
    return _SEED_BYTES * places


def chances_of(seed: bytes) -> NDArray[np.float64]:
    """(places,): numbers from 0 to below 1, of random bytes."""
    chances: NDArray[np.float64] = (np.frombuffer(seed, dtype="<u8") >> np.uint64(11)) / float(1 << 53)
    return chances


def draw_again(drawn: DrawnSlate) -> Draw:
    """The same draw, from its evidence alone: whoever opens a decision can see that it says the truth.

    Raises:
        ExplorationParameterError: the policy it names is out of range.
    """
    chances = chances_of(drawn.seed)
    policy = SlatePolicy(drawn.temperature, drawn.floor, len(chances))
    utilities = np.array([drawn.utilities], dtype=np.int64)
    return draw_slates(policy, utilities, np.array([len(drawn.utilities)]), chances[None, :])
