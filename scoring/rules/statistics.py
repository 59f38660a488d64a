"""What became of a rule, in numbers that concern nobody."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class RuleStatistics:
    """Of one rule, since it was first saved."""

    matches: int = 0
    """How often its condition was met (not counted across a crash)."""
    fires: int = 0
    """How often it acted; an offer's fires are what is spent of its budget."""
    conversions: int = 0
    """How often success followed (not counted across a crash)."""
    unreadable: int = 0
    """How often its condition could not be evaluated: a field was missing or of another type."""
    suppressed: Counter[str] = field(default_factory=Counter)
    """How often it did not act, by reason."""
