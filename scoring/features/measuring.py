"""From traces to values: pure, exact, at a given time.

A window is half open: `(at - seconds, at]`. What happened 300 seconds ago is outside a window of 300 seconds, 299 inside.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence

from scoring.features.declaration import ANY_EVENT, NEVER, Feature, Measure, Sort, State
from scoring.features.trace import Trace

SESSION_GAP_SECONDS = 1_800
"""Whoever does nothing for so long begins a new session."""

Value = int | float
"""Of a feature."""


def measure(feature: Feature, trace: Trace, at: int, present: str | None = None) -> Value:
    """A person's value, of the measures that need nobody else.

    Args:
        feature: what is asked; not about items, not about segments.
        trace: the person's.
        at: when (unix seconds).
        present: the present event's value of the feature's field.
    """
    match feature.measure:
        case Measure.COUNT:
            wanted = feature.value if feature.value is not None else (present if feature.field else "")
            return 0 if wanted is None else _within(_times(trace, feature, wanted), at, feature.seconds)
        case Measure.DISTINCT:
            return len(_counts([trace], feature, at))
        case Measure.ENTROPY:
            return _entropy(_counts([trace], feature, at).values())
        case Measure.SECONDS_SINCE:
            return _since([trace], feature, at)
        case Measure.TOTAL:
            return trace.totals.get(State(Sort.TOTAL, feature.event).key, 0)
        case Measure.SESSION_COUNT:
            began = _session_start(trace, at)
            if began is None:
                return 0
            return _within(trace.seen(State(Sort.TIMES, feature.event)), at, at - began + 1)
        case Measure.SESSION_SECONDS:
            began = _session_start(trace, at)
            return 0 if began is None else at - began
        case _:
            raise ValueError("needs more than a trace")


def measure_together(feature: Feature, traces: Sequence[Trace], at: int, present: str | None = None) -> Value:
    """A group's value: what its members did, taken together."""
    match feature.measure:
        case Measure.COUNT:
            return sum(int(measure(feature, trace, at, present)) for trace in traces)
        case Measure.DISTINCT:
            return len(_counts(traces, feature, at))
        case Measure.SECONDS_SINCE:
            return _since(traces, feature, at)
        case _:
            raise ValueError("not a measure of a group")


def shrunk_rate(hits: int, trials: int, all_hits: int, all_trials: int, strength: float = 20.0) -> float:
    """A rate that stands near everybody's while little is known: the mean of a beta posterior.

    Args:
        hits: of the item.
        trials: of the item.
        all_hits: of all items.
        all_trials: of all items.
        strength: how many trials everybody's rate is worth.

    Source: the beta-binomial model with an empirical prior.
    """
    prior = all_hits / all_trials if all_trials else 0.0
    return (hits + strength * prior) / (trials + strength)


def _times(trace: Trace, feature: Feature, value: str) -> array[int]:
    return trace.seen(State(Sort.TIMES, feature.event, feature.field), value)


def _within(times: array[int], at: int, seconds: int) -> int:
    return bisect_right(times, at) - bisect_right(times, at - seconds)


def _counts(traces: Iterable[Trace], feature: Feature, at: int) -> dict[str, int]:
    """How often each value occurs within the window; only those that do."""
    found: dict[str, int] = {}
    key = State(Sort.TIMES, feature.event, feature.field).key
    for trace in traces:
        for value, times in trace.times.get(key, {}).items():
            n = _within(times, at, feature.seconds)
            if n:
                found[value] = found.get(value, 0) + n
    return found


def _entropy(counts: Iterable[int]) -> float:
    known = list(counts)
    whole = sum(known)
    return -sum(n / whole * math.log2(n / whole) for n in known) + 0.0 if whole else 0.0


def _since(traces: Iterable[Trace], feature: Feature, at: int) -> int:
    key = State(Sort.TIMES, feature.event, feature.field).key
    newest = [
        times[place - 1]
        for trace in traces
        for times in trace.times.get(key, {}).values()
        if (place := bisect_right(times, at))
    ]
    return at - max(newest) if newest else NEVER


def _session_start(trace: Trace, at: int) -> int | None:
    """When the session that lasts at this time began; None if none does."""
    times = trace.seen(ANY_EVENT)
    place = bisect_right(times, at) - 1
    if place < 0 or at - times[place] >= SESSION_GAP_SECONDS:
        return None
    while place and times[place] - times[place - 1] < SESSION_GAP_SECONDS:
        place -= 1
    return times[place]
