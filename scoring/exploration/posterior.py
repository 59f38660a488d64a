"""What the answers to explored slates taught: the Bayesian linear regression of LinTS, with people who can be taken out exactly.

    A = ridge * I + sum of x xᵀ over what was shown,   b = ridge * prior + sum of x over what was answered,   mean = A⁻¹ b

- Features are whole numbers, so the sums are whole numbers: what is subtracted when a person leaves is exactly what was
  added for them, and the state equals, bit for bit, that of a world in which they had never come.
- That is why each person's slates are kept beside the sums, the last MAX_SLATES of each (about 500 bytes a slate): the bound
  is also the most that one person can teach.
- The prior says that the ranked order is right: before anything is learnt the explorer follows it.

Source: Agrawal and Goyal, "Thompson Sampling for Contextual Bandits with Linear Payoffs", ICML 2013 (the mean of its posterior).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import msgspec
import numpy as np
from numpy.typing import NDArray

from scoring.exploration.features import FEATURE_ONE, N_FEATURES, SCORE_FEATURE
from scoring.exploration.slate_policy import UTILITY_UNIT

MAX_SLATES = 100
"""Explored slates of one person that teach; beyond it the oldest stop."""

PRIOR_WEIGHT = 0.1
"""What the best score is worth before anything is learnt, in answers per place shown."""

RIDGE = 10.0
"""How many places shown the prior weighs as much as."""


class ShownSlate(msgspec.Struct, array_like=True, gc=False):
    """The explored places of one slate."""

    items: list[int]
    """What stood there, by item index."""
    features: bytes
    """(places, 60) little-endian int16: what each looked like."""
    answered: int = 0
    """Bit k: place k was answered."""
    at: int = 0
    """When it was shown (unix seconds)."""
    propensity: float = 0.0
    """How likely it was that the first place was filled so; 0 if that is not known."""
    candidates: int = 0
    """From how many items it was drawn."""
    rank: int = 0
    """Where the first place's item stood in the ranking, from 0."""
    promised_most: bool = False
    """Whether none of the candidates promised more than the first place's item."""


class Posterior:
    """What is known for one placement."""

    def __init__(self) -> None:
        """Begin with the prior: nothing is known."""
        self._gram = np.zeros((N_FEATURES, N_FEATURES), dtype=np.int64)
        self._answers = np.zeros(N_FEATURES, dtype=np.int64)
        self._slates: dict[int, dict[int, ShownSlate]] = {}
        self._mean: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        """How many people taught it."""
        return len(self._slates)

    @property
    def sums(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Copies of the two sums: (60, 60) and (60,), in units of FEATURE_ONE squared."""
        return self._gram.copy(), self._answers.copy()

    def show(self, slot: int, key: int, slate: ShownSlate) -> None:
        """A person was shown an explored slate, named by `key`."""
        own = self._slates.setdefault(slot, {})
        if len(own) == MAX_SLATES:
            self._count(own.pop(next(iter(own))), -1)
        own[key] = slate
        self._count(slate, 1)

    def answer(self, slot: int, key: int, item: int) -> bool:
        """A person answered an item of an explored slate. Says whether that taught anything."""
        slate = self._slates.get(slot, {}).get(key)
        if slate is None or item not in slate.items:
            return False
        place = slate.items.index(item)
        if slate.answered >> place & 1:
            return False
        slate.answered |= 1 << place
        self._answers += _features(slate)[place].astype(np.int64) * FEATURE_ONE
        self._mean = None
        return True

    def drop(self, slot: int, item: int) -> None:
        """What a person answered about an item teaches nothing any more."""
        for slate in self._slates.get(slot, {}).values():
            if item in slate.items and slate.answered >> (place := slate.items.index(item)) & 1:
                slate.answered &= ~(1 << place)
                self._answers -= _features(slate)[place].astype(np.int64) * FEATURE_ONE
                self._mean = None

    def forget(self, slot: int) -> bool:
        """Forget a person, exactly. Says whether there was anything."""
        own = self._slates.pop(slot, None)
        for slate in (own or {}).values():
            self._count(slate, -1)
        return own is not None

    def age(self, slot: int, before: int) -> bool:
        """Forget, exactly, what a person was shown before a time (unix seconds). Says whether there was any."""
        own = self._slates.get(slot, {})
        old = [key for key, slate in own.items() if slate.at < before]
        for key in old:
            self._count(own.pop(key), -1)
        if not own:
            self._slates.pop(slot, None)
        return bool(old)

    def slots(self) -> list[int]:
        """Whose slates teach."""
        return list(self._slates)

    def has_answered(self, slot: int) -> bool | None:
        """Whether a person answered anything of what they were shown and teaches; None if they were shown nothing."""
        own = self._slates.get(slot)
        return None if own is None else any(slate.answered for slate in own.values())

    def last_of_each(self, until: int, people: int) -> list[ShownSlate]:
        """Of each person the last slate shown at `until` or before (unix seconds): of so many people, those who came last."""
        found = (
            next((slate for slate in reversed(own.values()) if slate.at <= until), None)
            for own in reversed(self._slates.values())
        )
        return list(islice((slate for slate in found if slate is not None), people))

    def mean(self) -> NDArray[np.float64]:
        """(60,): the weight of each feature, in answers per place shown."""
        if self._mean is None:
            unit = FEATURE_ONE * FEATURE_ONE
            prior = np.zeros(N_FEATURES)
            prior[SCORE_FEATURE] = PRIOR_WEIGHT
            a = self._gram / unit + RIDGE * np.eye(N_FEATURES)
            self._mean = np.linalg.solve(a, self._answers / unit + RIDGE * prior).astype(np.float64)
        return self._mean

    def utilities(self, features: NDArray[np.int16]) -> NDArray[np.int64]:
        """What each candidate promises: (R, N) in UTILITY_UNIT, of features (R, N, 60)."""
        promised = features @ (self.mean() * (UTILITY_UNIT / FEATURE_ONE))
        return np.rint(promised).astype(np.int64)

    def slates(self) -> Iterator[tuple[int, int, ShownSlate]]:
        """Everything that teaches: whose, named by which key, what; of each person the oldest first."""
        for slot, own in self._slates.items():
            for key, slate in own.items():
                yield slot, key, slate

    def _count(self, slate: ShownSlate, sign: int) -> None:
        x = _features(slate).astype(np.int64)
        self._gram += sign * (x.T @ x)
        answered = [place for place in range(len(x)) if slate.answered >> place & 1]
        self._answers += sign * FEATURE_ONE * x[answered].sum(axis=0)
        self._mean = None


def _features(slate: ShownSlate) -> NDArray[np.int16]:
    return np.frombuffer(slate.features, dtype="<i2").reshape(-1, N_FEATURES)
