"""From traces to values: pure, exact, at a given time.

A window is half open: `(at - seconds, at]`. What happened 300 seconds ago is outside a window of 300 seconds, 299 inside.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Collection, Iterable

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
            return len(count_within(trace, _times_of(feature), at, feature.seconds))
        case Measure.ENTROPY:
            return _entropy(count_within(trace, _times_of(feature), at, feature.seconds).values())
        case Measure.SECONDS_SINCE:
            newest = last_seen(trace, _times_of(feature), at)
            return NEVER if newest is None else at - newest
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


def count_within(trace: Trace, state: State, at: int, seconds: int) -> dict[str, int]:
    """How often each value occurs within the window; only those that do."""
    found = {value: _within(times, at, seconds) for value, times in trace.times.get(state.key, {}).items()}
    return {value: n for value, n in found.items() if n}


def first_out(trace: Trace, state: State, at: int, seconds: int) -> int | None:
    """When (unix seconds) the window next holds something else, if nothing comes; None if it never does."""
    moments = []
    for times in trace.times.get(state.key, {}).values():
        oldest, coming = bisect_right(times, at - seconds), bisect_right(times, at)
        moments += [time + seconds for time in times[oldest : oldest + 1]]
        moments += times[coming : coming + 1]
    return min(moments, default=None)


def last_seen(trace: Trace, state: State, at: int | None = None) -> int | None:
    """When something was last seen, of whatever value; not after `at` (unix seconds), if it is given."""
    newest = [
        times[place - 1]
        for times in trace.times.get(state.key, {}).values()
        if (place := len(times) if at is None else bisect_right(times, at))
    ]
    return max(newest, default=None)


def next_change(feature: Feature, trace: Trace, at: int, compared: Collection[float] | None) -> int | None:
    """From when on (unix seconds) a person's value may say something else, if nothing comes of them; None if it never does.

    Args:
        feature: what is asked.
        trace: the person's.
        at: now (unix seconds).
        compared: the numbers that the value is held against, if that is all that is done with it.
    """
    match feature.measure:
        case Measure.COUNT | Measure.DISTINCT | Measure.ENTROPY:
            return first_out(trace, _times_of(feature), at, feature.seconds)
        case Measure.TOTAL | Measure.IN_SEGMENT:
            return None
        case Measure.SECONDS_SINCE:
            began = last_seen(trace, _times_of(feature), at)
            ends = None
        case Measure.SESSION_COUNT | Measure.SESSION_SECONDS:
            began = _session_start(trace, at)
            ends = last_seen(trace, ANY_EVENT, at)
            if began is not None and ends is not None and feature.measure is Measure.SESSION_COUNT:
                return ends + SESSION_GAP_SECONDS
        case _:
            return at + 1
    if began is None:
        return None
    numbers = (
        None
        if compared is None
        else {n for each in compared for n in (math.ceil(each), math.floor(each) + 1)}
    )
    later = [at + 1] if numbers is None else [began + n for n in numbers if began + n > at]
    return min([*later, *([] if ends is None else [ends + SESSION_GAP_SECONDS])], default=None)


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


def _times_of(feature: Feature) -> State:
    return State(Sort.TIMES, feature.event, feature.field)


def _times(trace: Trace, feature: Feature, value: str) -> array[int]:
    return trace.seen(_times_of(feature), value)


def _within(times: array[int], at: int, seconds: int) -> int:
    return bisect_right(times, at) - bisect_right(times, at - seconds)


def _entropy(counts: Iterable[int]) -> float:
    known = list(counts)
    whole = sum(known)
    return -sum(n / whole * math.log2(n / whole) for n in known) + 0.0 if whole else 0.0


def _session_start(trace: Trace, at: int) -> int | None:
    """When the session that lasts at this time began; None if none does."""
    times = trace.seen(ANY_EVENT)
    place = bisect_right(times, at) - 1
    if place < 0 or at - times[place] >= SESSION_GAP_SECONDS:
        return None
    while place and times[place] - times[place - 1] < SESSION_GAP_SECONDS:
        place -= 1
    return times[place]
