"""What a cohort agrees on before it sums: how long the vectors are, who neighbours whom, how many it takes to open."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from federated.errors import PlanError

MAX_COHORT = 128
"""Devices in one sum. More people are more cohorts, whose sums are added."""
MAX_VALUES = 4_194_304
"""Values in one vector: 16 MiB."""
ROUND_BYTES = 32


@dataclass(frozen=True, slots=True)
class SumPlan:
    """The agreed parameters of one sum, the same for all its devices; part of the signed manifest."""

    round: bytes
    """What is being summed: the digest of the manifest and the cohort's number, 32 bytes."""
    n_values: int
    """Length of the vectors, of unsigned 32-bit integers."""
    minimum: int
    """Devices below which no sum is opened; at least 3."""
    neighbours: int | None = None
    """How many others each device shares masks with, an even number; None: with all of the cohort."""

    def __post_init__(self) -> None:
        """Refuse what could not protect anybody.

        Raises:
            PlanError: a parameter out of range.
        """
        if len(self.round) != ROUND_BYTES:
            raise PlanError("the round is named by 32 bytes")
        if not 1 <= self.n_values <= MAX_VALUES:
            raise PlanError("the length of the vectors is out of range")
        if not 3 <= self.minimum <= MAX_COHORT:
            raise PlanError("the least cohort is out of range")
        if self.neighbours is not None and (self.neighbours < 4 or self.neighbours % 2):
            raise PlanError("the number of neighbours is even and at least 4")

    def holders(self, place: int, size: int) -> tuple[int, ...]:
        """The places that hold shares of `place`'s secrets in a cohort of `size`, itself among them, ascending."""
        if self.neighbours is None or self.neighbours >= size - 1:
            return tuple(range(size))
        half = self.neighbours // 2
        return tuple(sorted((place + step) % size for step in range(-half, half + 1)))

    def threshold(self, size: int) -> int:
        """How many of the holders it takes to put a secret together: more than two thirds of them.

        A server that told some of them that a device had dropped out, and others that it had stayed, would need twice as many.
        """
        return 2 * len(self.holders(0, size)) // 3 + 1


def roster_order(round_: bytes, key: bytes) -> bytes:
    """What participants are sorted by: who neighbours whom follows from all keys of the round, and is nobody's choice alone."""
    return hashlib.blake2b(key, key=round_, digest_size=32, person=b"volens-order").digest()
