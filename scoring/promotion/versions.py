"""Which model is in use, which waits beside it, and which ones may be gone back to. Pure judgement.

    trained -> examined -> refused | in use at once | in the shadow -> in use -> earlier -> (in use again)

- A model in use (the champion) is followed by one that is not worse (the challenger), at once, or after it has ranked beside it
  for a while without being shown.
- Whoever leaves takes every earlier model along: those are dropped at once, and cannot be gone back to. The challenger that is
  trained next needs to beat popularity only, and if it does not, nothing is in use.
- Going back stops the following: from then on no challenger is put in use until somebody says so.
- Models are kept here and nowhere else, the last few, so that whoever leaves leaves them too.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum

from scoring.model import Model

EARLIER_KEPT = 5


class Stage(StrEnum):
    """Where a model stands."""

    IN_USE = "in_use"
    SHADOW = "shadow"
    WAITING = "waiting"
    """Examined and not put in use, because somebody went back and has not said that it goes on."""
    REFUSED = "refused"
    EARLIER = "earlier"


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A model with its card."""

    model: Model
    """The numbers; its `version` and `digest` name it."""
    removals: int
    """How many removals there had been when its data was taken."""
    people_held: int = 0
    """People it was examined on; 0 where there were too few to tell."""
    quality: float = 0.0
    """NDCG@10 on them."""
    of_champion: float = 0.0
    """The champion's, on the same people."""
    of_popularity: float = 0.0
    """That of showing what is popular."""
    stands_in: bool = False
    """Whether it was kept over a restart: it may know those who are held out now, so nothing is compared with it."""


class ModelVersions:
    """The models of this process."""

    def __init__(self, *, tolerance: float, shadows: bool) -> None:
        """Start with none in use.

        Args:
            tolerance: share of the champion's quality by which a challenger may be worse.
            shadows: whether a challenger first ranks beside the champion.
        """
        self._tolerance = tolerance
        self._shadows = shadows
        self.removals = 0
        """How often somebody left."""
        self.champion: Candidate | None = None
        """In use."""
        self.challenger: Candidate | None = None
        """In the shadow, or waiting."""
        self.held = False
        """Whether somebody went back, and no challenger is put in use."""
        self._earlier: deque[Candidate] = deque(maxlen=EARLIER_KEPT)
        self._refused: deque[Candidate] = deque(maxlen=EARLIER_KEPT)

    def removed(self) -> None:
        """Somebody left: every model that is here may know them, and those that are not in use go at once."""
        self.removals += 1
        self._earlier.clear()
        self._refused.clear()
        self.challenger = None

    def is_sound(self, candidate: Candidate | None) -> bool:
        """Whether nobody has left since its data was taken."""
        return candidate is not None and candidate.removals == self.removals

    def stand_in(self, candidate: Candidate) -> None:
        """Put a model in use that was kept over a restart."""
        self._put_in_use(candidate)

    def offer(self, candidate: Candidate) -> Stage:
        """A model was trained and examined: where it stands now."""
        if not self._passes(candidate):
            self._refused.append(candidate)
            return Stage.REFUSED
        if self.held:
            self.challenger = candidate
            return Stage.WAITING
        if self._shadows and self.is_sound(self.champion) and candidate.people_held:
            if self.is_sound(self.challenger):
                return Stage.WAITING  # the one in the shadow goes first
            self.challenger = candidate
            return Stage.SHADOW
        self._put_in_use(candidate)
        return Stage.IN_USE

    def promote(self) -> Candidate | None:
        """Put the challenger in use, and let those after it follow again; None if there is none that may be."""
        self.held = False
        candidate, self.challenger = self.challenger, None
        if candidate is None or not self.is_sound(candidate):
            return None
        self._put_in_use(candidate)
        return candidate

    def roll_back(self) -> Candidate | None:
        """Put the newest earlier model that nobody has left in use again, and keep it there; None if there is none."""
        if not self._earlier:
            return None
        self.challenger, self.champion = self.champion, self._earlier.pop()
        self.held = True
        return self.champion

    def retire(self) -> None:
        """Nothing is in use."""
        self.champion = None

    def cards(self) -> list[tuple[Stage, Candidate]]:
        """Every model that is remembered, the newest first."""
        found = [(Stage.EARLIER, each) for each in self._earlier]
        found += [(Stage.REFUSED, each) for each in self._refused]
        if self.champion is not None:
            found.append((Stage.IN_USE, self.champion))
        if self.challenger is not None:
            found.append((Stage.WAITING if self.held else Stage.SHADOW, self.challenger))
        return sorted(found, key=lambda each: each[1].model.version, reverse=True)

    def _passes(self, candidate: Candidate) -> bool:
        if not candidate.people_held:
            return True
        if candidate.quality < candidate.of_popularity:
            return False
        if self.champion is None or not self.is_sound(self.champion) or self.champion.stands_in:
            return True
        return candidate.quality >= (1 - self._tolerance) * candidate.of_champion

    def _put_in_use(self, candidate: Candidate) -> None:
        if self.champion is not None and self.is_sound(self.champion):
            self._earlier.append(self.champion)
        self.champion = candidate
        self.challenger = None
