"""Permitted signals: what scoring receives of people's behaviour, and nothing else.

- Only the gateway's enforcement point may construct them; an import contract protects this module, so it is not part of the
  package's face.
- They carry no identifier: slots, items and times, of one purpose; and, where asked for, the fields that it may see.
- `revocations` is opaque here; the enforcement point compares it to tell whether the permissions still stand.
"""

from __future__ import annotations

from typing import Any

import msgspec


class PermittedOccurrence(msgspec.Struct, kw_only=True):
    """One minimised event for one purpose, whole: only those receive it who asked for that purpose's events whole."""

    slot: int
    """Whose: a row number."""
    event: str
    """The name of the event."""
    items: tuple[int, ...]
    """Permanent item indices."""
    at: int
    """When, as finely as the purpose may know it (unix seconds)."""
    fields: dict[str, Any]
    """What the purpose may see of it."""


class PermittedSignals(msgspec.Struct, gc=False, kw_only=True):
    """Minimised signals for one purpose, in the order in which they came; the three lists are of one length."""

    purpose: int
    """The purpose's bit position."""
    revocations: int
    """How many revocations there had been when they were made; opaque."""
    slots: list[int]
    """Whose: row numbers."""
    items: list[int]
    """Permanent item indices, each with the code of the event (`scoring.sightings`)."""
    times: list[int]
    """When (unix seconds)."""
    occurrences: list[PermittedOccurrence] = []
    """The same events whole, and those without an item; empty where nobody asked for them."""
