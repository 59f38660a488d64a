"""What editors decided of a placement: values that the composer follows. Who may decide is the gateway's business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class BoostRule:
    """An item that is to count for more."""

    rule: str
    """The name of the decision: reasons give it."""
    item: int
    """The index of the item."""
    strength: float
    """From 0 to 1: the share of the highest possible score that is added."""


@dataclass(frozen=True, slots=True)
class EditorialRules:
    """What is in force at one placement."""

    pins: Mapping[int, tuple[str, int]] = field(default_factory=dict)
    """Place, from 0, to the name of the decision and the item."""
    boosts: tuple[BoostRule, ...] = ()
    """What counts for more."""
    frozen: tuple[str, tuple[int, ...]] | None = None
    """If given, the name of the decision and the items that everybody is shown, in this order."""
