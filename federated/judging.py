"""Whether a model is better than showing what is popular: asked on devices whose histories it was not made of.

A held-out device hides its last item, ranks by the rest, and adds three numbers of 0 or 1 to a secure sum of their own: asked,
found by the model, found by popularity. The sum is released with noise of the same privacy loss as the model's. As nobody is both
held out and in the model, each person pays for one of the two only.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from federated.artefact import Artefact
from federated.errors import ClipError
from federated.items import Visit
from federated.on_device import order_of, scores_of

N_JUDGED = 3
"""Values of one judgement."""
JUDGEMENT_NORM = math.nextafter(math.sqrt(N_JUDGED), math.inf)
"""The largest Euclidean norm of one judgement."""


def is_held_out(device: bytes, model: str, percent: int) -> bool:
    """Whether a device judges this model's versions and is in none of them; the same in every round.

    Args:
        device: its Ed25519 key.
        model: name of the model.
        percent: share of devices that judge.
    """
    drawn = hashlib.blake2b(
        device, key=model.encode()[:64], digest_size=8, person=b"volens-held-out"
    ).digest()
    return int.from_bytes(drawn) % 10_000 < 100 * percent


def judgement_of(
    artefact: Artefact, history: Iterable[Visit], now: int, *, limit: int = 10
) -> NDArray[np.uint32]:
    """A held-out device's judgement: asked, found by the model, found by popularity, each 0 or 1.

    Args:
        artefact: the model to be judged.
        history: what the device remembers; a history of fewer than two items on the list judges nothing.
        now: Unix time.
        limit: places of a slate.
    """
    recent = artefact.items.latest_of(history, len(artefact.recency) + 1, now)
    if len(recent) < 2:
        return np.zeros(N_JUDGED, np.uint32)
    hidden, rest = recent[0], recent[1:]
    by_model = order_of(artefact, scores_of(artefact, rest))
    by_popularity = order_of(artefact, artefact.popularity)
    found = [hidden in order[~np.isin(order, rest)][:limit] for order in (by_model, by_popularity)]
    return np.array([1, *found], np.uint32)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the noisy sum of judgements says."""

    asked: int
    by_model: int
    by_popularity: int
    error: float
    """Standard deviation of the noise in the difference of the two counts."""

    @property
    def is_better(self) -> bool:
        """Whether the model found more than popularity did, beyond what the noise alone makes likely (one in six)."""
        return self.asked > 0 and self.by_model - self.by_popularity > self.error


def comparison_of(noisy: NDArray[np.int64], scale: float) -> Comparison:
    """Read the noisy sum of judgements.

    Args:
        noisy: three values.
        scale: standard deviation of the noise on each.

    Raises:
        ClipError: not three values.
    """
    if noisy.shape != (N_JUDGED,):
        raise ClipError("a sum of judgements has three values")
    asked, by_model, by_popularity = (max(0, int(value)) for value in noisy)
    return Comparison(asked, by_model, by_popularity, math.sqrt(2) * scale)
