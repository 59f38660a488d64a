"""What rules lead to, and the records it becomes: signals of the rule's own purpose, under names of our own.

| record | fields |
|---|---|
| `Rule Fired` | `rule`, `action`, `name`, `valid_until` of an offer, `timed`, and what the rule includes |
| `Rule Suppressed` | `rule`, `reason`, `timed` |
| `Segment Joined`, `Segment Left` | `segment` |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from scoring.rules.limits import Suppression


class EffectKind(StrEnum):
    """What came of a rule."""

    FIRED = "Rule Fired"
    SUPPRESSED = "Rule Suppressed"
    JOINED = "Segment Joined"
    LEFT = "Segment Left"


RECORD_NAMES = frozenset(kind.value for kind in EffectKind)
"""The names under which effects stand in the log."""

RECORD_FIELDS = frozenset({"rule", "action", "name", "valid_until", "timed", "reason", "segment"})
"""What records say of themselves: no field of an event that a rule includes is called so."""

EXPECTED = frozenset({Suppression.COOLDOWN, Suppression.HELD, Suppression.PER_PERSON})
"""Suppressions of every day: they are counted, and not recorded one by one."""


@dataclass(slots=True, eq=False)
class Effect:
    """Something that is to be recorded; it counts already."""

    kind: EffectKind
    """What came of the rule."""
    source: str
    """The rule or the segment."""
    bit: int
    """The bit of its purpose."""
    slot: int
    """Whom it concerns."""
    at: int
    """When (unix seconds)."""
    fields: Mapping[str, Any]
    """What the record says."""
    reason: Suppression | None = None
    """Why a rule was suppressed."""
    undo: Callable[[], None] = field(default=lambda: None, repr=False)
    """Takes it back: the log could not take it."""
