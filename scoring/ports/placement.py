"""A placement: the spot of an app where a slate is shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a slate is shown, and under which purpose it may be personal."""

    id: str
    """Its name, as apps say it."""
    purpose: str
    """The purpose a person must have permitted for a personal slate here."""
    limit: int = 10
    """Items in a slate when the question does not say."""
    max_limit: int = 50
    """Items in a slate at most."""
    category: str | None = None
    """If given, only items of this category stand here."""
