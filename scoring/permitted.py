"""Permitted signals: what scoring receives of people's behaviour, and nothing else.

- Only the gateway's enforcement point may construct them; an import contract protects this module, so it is not part of the
  package's face.
- They carry no identifier, no text and no attribute: slots, items and times, of one purpose.
- `revocations` is opaque here; the enforcement point compares it to tell whether the permissions still stand.
"""

from __future__ import annotations

import msgspec


class PermittedSignals(msgspec.Struct, gc=False, kw_only=True):
    """Minimised signals for one purpose, in the order in which they came; the three lists are of one length."""

    purpose: int
    """The purpose's bit position."""
    revocations: int
    """How many revocations there had been when they were made; opaque."""
    slots: list[int]
    """Whose: row numbers."""
    items: list[int]
    """Permanent item indices."""
    times: list[int]
    """When (unix seconds)."""
