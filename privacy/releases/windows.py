"""Windows of time: how they follow one another, when they close, and when what is known of them is published.

    begin ...... end ... closes ... published
                 | late  | pause  |

A window that is closed is never looked at again: what arrives later is not counted in any. Publication is at a time that is
known in advance, so that it says nothing of the data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from privacy.aging_keys import DAY_SECONDS
from privacy.errors import CatalogueError
from privacy.releases.shapes import Length

_SECONDS: Final = {Length.HOUR: 3600, Length.DAY: DAY_SECONDS, Length.WEEK: 7 * DAY_SECONDS}
_MONDAY: Final = 4 * DAY_SECONDS
"""The first Monday after 1970 began (a Thursday)."""


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A stretch of time, from its begin to just before its end (unix seconds)."""

    begin: int
    """Its first second."""
    length: Length
    """How long it is."""

    @property
    def end(self) -> int:
        """The first second after it."""
        return self.begin + _SECONDS[self.length]

    @property
    def days(self) -> tuple[date, ...]:
        """The days that it touches."""
        first = datetime.fromtimestamp(self.begin, UTC).date()
        count = max(1, _SECONDS[self.length] // DAY_SECONDS)
        return tuple(first + timedelta(days=n) for n in range(count))

    @property
    def name(self) -> str:
        """`2026-11-21`, `2026-11-21T14`, or `2026-11-16.week`."""
        at = datetime.fromtimestamp(self.begin, UTC)
        if self.length is Length.HOUR:
            return at.strftime("%Y-%m-%dT%H")
        return at.strftime("%Y-%m-%d") + (".week" if self.length is Length.WEEK else "")


def window_at(length: Length, at: int) -> Window:
    """The window of that length in which a moment lies."""
    seconds = _SECONDS[length]
    shift = _MONDAY if length is Length.WEEK else 0
    return Window((at - shift) // seconds * seconds + shift, length)


def window_named(length: Length, name: str) -> Window:
    """The window of that length and name.

    Raises:
        CatalogueError: there is no such window.
    """
    form = "%Y-%m-%dT%H" if length is Length.HOUR else "%Y-%m-%d"
    try:
        at = datetime.strptime(name.removesuffix(".week"), form).replace(tzinfo=UTC)
    except ValueError:
        raise CatalogueError("there is no window of this name") from None
    found = window_at(length, int(at.timestamp()))
    if found.begin != int(at.timestamp()):
        raise CatalogueError("no window of this release begins there")
    return found


def windows_between(length: Length, first: int, last: int) -> Iterator[Window]:
    """The windows that begin at `first` or later and end at `last` or before."""
    found = window_at(length, first)
    if found.begin < first:
        found = Window(found.end, length)
    while found.end <= last:
        yield found
        found = Window(found.end, length)
