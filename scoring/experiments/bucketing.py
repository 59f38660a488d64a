"""Which arm a unit is in: by a hash of its name, with no memory and no chance.

- Arm k owns the range that begins where the weights before it end, and is `coverage` of its weight long. Raising the coverage
  makes ranges longer and moves no beginning: nobody leaves an arm.
- A namespace is a hash of its own. Experiments with disjoint ranges of one namespace never share a unit.

Source: GrowthBook's hashing, version 2 for arms and version 1 for namespaces (docs.growthbook.io, "Build your own SDK");
FNV-1a with 32 bits.
"""

from __future__ import annotations

from dataclasses import dataclass

_OFFSET, _PRIME, _MASK = 0x811C9DC5, 0x01000193, 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Namespace:
    """A part of everybody, which experiments share out among themselves."""

    id: str
    """The id of the namespace."""
    start: float
    """First share that belongs to it, from 0."""
    end: float
    """First share beyond it, at most 1."""


@dataclass(frozen=True, slots=True)
class Split:
    """How units are shared out."""

    salt: str
    """What is hashed with each unit's name."""
    arms: tuple[str, ...]
    """The variants, in order."""
    weights: tuple[float, ...]
    """What share each gets of those that take part; sums to 1."""
    coverage: float = 1.0
    """What share of everybody takes part, from 0 to 1."""
    namespace: Namespace | None = None
    """Only units of this part take part, if given."""


def fnv1a_32(text: str) -> int:
    """The 32-bit FNV-1a hash over the UTF-16 units of a text (JavaScript's characters)."""
    value = _OFFSET
    for unit in memoryview(text.encode("utf-16-le", "surrogatepass")).cast("H"):
        value = (value ^ unit) * _PRIME & _MASK
    return value


def hash_share(seed: str, unit: str) -> float:
    """Where a unit falls, from 0 up to but not including 1, in steps of 1/10,000 (version 2)."""
    return fnv1a_32(str(fnv1a_32(seed + unit))) % 10_000 / 10_000


def choose_arm(split: Split, unit: str) -> str | None:
    """The arm of a unit, or None if it takes no part.

    Args:
        split: how units are shared out.
        unit: the name of the unit (here: a pseudonym in hexadecimal).
    """
    if split.namespace is not None and not _is_in(split.namespace, unit):
        return None
    share = hash_share(split.salt, unit)
    start = 0.0
    for arm, weight in zip(split.arms, split.weights, strict=True):
        if start <= share < start + split.coverage * weight:
            return arm
        start += weight
    return None


def _is_in(namespace: Namespace, unit: str) -> bool:
    share = fnv1a_32(unit + "__" + namespace.id) % 1000 / 1000
    return namespace.start <= share < namespace.end
