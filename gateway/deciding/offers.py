"""Offers beside a slate: what a person holds at the moment, for whoever asks for it with the question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec


class HeldOffer(msgspec.Struct, array_like=True, frozen=True):
    """An offer, as a decision shows it and its entry commits to it."""

    offer: str
    """The name of the offer."""
    purpose: str
    """Under which it was given."""
    valid_until: int
    """When it ends (unix seconds)."""
    rule: str | None
    """The rule that gave it; None if that one is gone."""

    def as_told(self) -> dict[str, Any]:
        """As apps are told."""
        reasons = [] if self.rule is None else [{"kind": "rule", "rule": self.rule}]
        return {
            "offer": self.offer,
            "purpose": self.purpose,
            "valid_until": self.valid_until,
            "reasons": reasons,
        }


@dataclass(frozen=True, slots=True)
class Offered:
    """What goes with a slate."""

    held: tuple[HeldOffer, ...] = ()
    """Offers, ordered by name."""
    needs: tuple[int, ...] = ()
    """The bits without any of which it must not leave."""


NOTHING_OFFERED = Offered()
"""Asked for, and nothing there."""
