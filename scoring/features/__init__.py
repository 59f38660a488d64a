"""Declared features: what rules and segments may ask of a person's permitted signals, and what has to be kept to answer.

- A `Feature` names what it measures (`Measure`), of which event, over which window; from that follow the `State`s it reads.
- A `Trace` is what one person did under one purpose, for the declared states and no others. Withdrawal drops it whole.
- `Traces` holds everybody's, and the totals of items over people, from which a person's share can be taken out exactly.

Every value follows from the permitted signals in the order of the log, so replaying leads to the same values as having lived.
"""

from scoring.features.declaration import NEVER, PRESENCE, Feature, Measure, Sort, State
from scoring.features.measuring import Value, count_within, first_out, last_seen, measure, next_change
from scoring.features.trace import LATE_SECONDS, MAX_TIMES, MAX_VALUES, MAX_WINDOW_SECONDS, Trace
from scoring.features.traces import MIN_PEOPLE, Traces

__all__ = [
    "LATE_SECONDS",
    "MAX_TIMES",
    "MAX_VALUES",
    "MAX_WINDOW_SECONDS",
    "MIN_PEOPLE",
    "NEVER",
    "PRESENCE",
    "Feature",
    "Measure",
    "Sort",
    "State",
    "Trace",
    "Traces",
    "Value",
    "count_within",
    "first_out",
    "last_seen",
    "measure",
    "next_change",
]
