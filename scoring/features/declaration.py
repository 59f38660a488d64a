"""What can be asked, and what has to be kept for it.

| measure | scope | value |
|---|---|---|
| `count(EVENT, SECONDS)` | person, or group | how often within the window `(now - SECONDS, now]` |
| `count(EVENT, SECONDS, FIELD)` | | likewise, with the same value of FIELD as the present event |
| `count(EVENT, SECONDS, FIELD, VALUE)` | | likewise, with that value |
| `distinct(EVENT, SECONDS, FIELD)` | person, or group | how many values of FIELD |
| `entropy(EVENT, SECONDS, FIELD)` | person | Shannon entropy of those values, in bits |
| `seconds_since(EVENT)` | person, or group | since the last one; `NEVER` if there was none |
| `total(EVENT)` | person | how often since permission was given |
| `session_count(EVENT)`, `session_seconds()` | session | within the present session, and how long it lasts |
| `item_total(EVENT)` | person and item | how often with the present event's item |
| `rate(EVENT, OF)` | item | how many OF turn into EVENT, shrunk towards everybody's rate |
| `people(EVENT)` | item | how many people, 0 below a minimum |
| `people(EVENT, FIELD)` | | likewise, of those with the same value of FIELD as the present event |
| `in_segment(NAME)` | person | whether they are a member |

Source: the sliding windows and rates follow common usage in stream processing; entropy is Shannon's (1948), in bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

NEVER = 4_000_000_000
"""Seconds since something that never happened."""


class Measure(StrEnum):
    """What a feature measures: the names of the functions."""

    COUNT = "count"
    DISTINCT = "distinct"
    ENTROPY = "entropy"
    SECONDS_SINCE = "seconds_since"
    TOTAL = "total"
    SESSION_COUNT = "session_count"
    SESSION_SECONDS = "session_seconds"
    ITEM_TOTAL = "item_total"
    RATE = "rate"
    PEOPLE = "people"
    IN_SEGMENT = "in_segment"


WINDOWED = frozenset({Measure.COUNT, Measure.DISTINCT, Measure.ENTROPY})
"""Measures over a window of their own."""
OF_GROUPS = frozenset({Measure.COUNT, Measure.DISTINCT, Measure.SECONDS_SINCE})
"""Measures that a group has as well as a person."""
OF_ITEMS = frozenset({Measure.ITEM_TOTAL, Measure.RATE, Measure.PEOPLE})
"""Measures about the present event's item."""


class Sort(StrEnum):
    """How a state is kept."""

    TIMES = "times"
    """Sorted times, by the value of a field."""
    TOTAL = "total"
    """One number for each person."""
    ITEMS = "items"
    """A number for each item."""


@dataclass(frozen=True, slots=True, order=True)
class State:
    """Something that is kept of a person: which events write it, and by what."""

    sort: Sort
    """How it is kept."""
    event: str
    """The event that writes it; empty for any event."""
    field: str = ""
    """The field whose values are told apart; empty for none."""

    @property
    def key(self) -> str:
        """Its name in traces and in the records."""
        return f"{self.sort.value}\n{self.event}\n{self.field}"

    def key_of(self, value: str) -> str:
        """Where numbers of items stand whose event had this value of the field; `key` if it has none."""
        return f"{self.key}\n{value}" if self.field else self.key

    @classmethod
    def of_key(cls, key: str) -> State:
        """The state of a name that `key` gave."""
        sort, event, field = key.split("\n")
        return cls(Sort(sort), event, field)


PRESENCE = State(Sort.TOTAL, "")
"""Kept for every purpose that anything is in force for: how many signals there were."""
ANY_EVENT = State(Sort.TIMES, "")
"""What sessions are read from."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One question to a person's signals."""

    measure: Measure
    """What is measured."""
    event: str = ""
    """Of which event, or which segment."""
    seconds: int = 0
    """Over which window."""
    field: str = ""
    """By which field."""
    value: str | None = None
    """With which value of it; None for that of the present event."""
    of: str = ""
    """Of a rate: which event it is a part of."""

    @property
    def states(self) -> tuple[State, ...]:
        """What it reads."""
        match self.measure:
            case Measure.COUNT | Measure.DISTINCT | Measure.ENTROPY | Measure.SECONDS_SINCE:
                return (State(Sort.TIMES, self.event, self.field),)
            case Measure.TOTAL:
                return (State(Sort.TOTAL, self.event),)
            case Measure.SESSION_COUNT:
                return (ANY_EVENT, State(Sort.TIMES, self.event))
            case Measure.SESSION_SECONDS:
                return (ANY_EVENT,)
            case Measure.ITEM_TOTAL | Measure.PEOPLE:
                return (State(Sort.ITEMS, self.event, self.field),)
            case Measure.RATE:
                return (State(Sort.ITEMS, self.event), State(Sort.ITEMS, self.of))
            case Measure.IN_SEGMENT:
                return ()

    @property
    def reads_present_value(self) -> bool:
        """Whether it depends on the present event's value of its field."""
        counts = self.measure in (Measure.COUNT, Measure.PEOPLE)
        return counts and bool(self.field) and self.value is None
