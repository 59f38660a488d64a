"""Words of others on a terminal: whoever wrote a file also chose its texts, and none of them may act as a command there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def safe(value: Any) -> str:
    """A value in one line of printable characters."""
    text = str(value)
    return text if text.isprintable() else ascii(text)


def when(value: Any) -> str:
    """Unix seconds as a date."""
    try:
        return datetime.fromtimestamp(int(value), UTC).isoformat()
    except (ValueError, TypeError, OverflowError, OSError):
        return "an unknown time"
