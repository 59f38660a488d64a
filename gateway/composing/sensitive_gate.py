"""The gate in front of sensitive offers: items of some categories stand only in slates of people for whom every condition holds.

For everybody else, and wherever nothing of a person may be used, they are not shown: not by their score, not as popular, not
pinned. Whoever excludes themselves while a slate is on its way is answered without them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scoring import Catalogue


class SensitiveGate:
    """Hides items of sensitive categories. Lives on the event loop."""

    def __init__(self, catalogue: Catalogue, categories: Sequence[str], bits: tuple[int, ...]) -> None:
        """Hide items of `categories` from whoever does not have all of `bits` (of conditions)."""
        self.bits = bits
        """The conditions that must hold."""
        self._catalogue = catalogue
        self._categories = categories
        self._hidden: NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        self._version = -1

    def is_open(self, permitted: int) -> bool:
        """Whether everything that is asked for holds."""
        return all(permitted >> bit & 1 for bit in self.bits)

    def behind(self, exclude: NDArray[np.int32] | None) -> NDArray[np.int32]:
        """What is not shown where the gate is shut: its items, and what is excluded anyway."""
        if self._version != self._catalogue.version:
            self._version = self._catalogue.version
            listed = [self._catalogue.in_category(category) for category in self._categories]
            self._hidden = np.concatenate(listed) if listed else self._hidden
        return self._hidden if exclude is None else np.concatenate((self._hidden, exclude))
