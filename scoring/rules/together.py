"""What the members of a group did, taken together: a sum of shares, of which only those are counted anew that may have changed.

A window's share of a member changes with what they do, and when the oldest thing in it is too old. So a member's event costs the
same whether the group has five members or five thousand. A share goes in the moment in which its member does something or leaves,
not when the group is next asked about: nothing is counted here of whoever withdrew.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable

from scoring.features import (
    NEVER,
    Feature,
    Measure,
    State,
    Trace,
    Traces,
    Value,
    count_within,
    first_out,
    last_seen,
)
from scoring.rules.looking_again import LookingAgain, Watch
from scoring.segments import Membership

_SPARE = 64


class Together:
    """Lives on the event loop; no locks."""

    def __init__(self, traces: Traces, membership: Membership, watch: Watch) -> None:
        """Take together what stands in `traces`, of those in `membership`."""
        self._traces = traces
        self._membership = membership
        self._watch = watch
        self._windows: dict[tuple[int, str, State, int], _Window] = {}
        self._newest: dict[tuple[int, str, State | None], _Newest] = {}

    def begin(self) -> None:
        """Count everything anew when it is next asked for."""
        self._windows.clear()
        self._newest.clear()

    def value(self, feature: Feature, bit: int, group: str, at: int, present: str | None) -> Value:
        """A group's value, at a time (unix seconds) or that of its newest signal, if that is later.

        Args:
            feature: one of `OF_GROUPS`.
            bit: the purpose.
            group: the segment.
            at: not before the present event.
            present: the present event's value of the feature's field.
        """
        at = max(at, self._newest_of(bit, group, None) or at)
        [state] = feature.states
        if feature.measure is Measure.SECONDS_SINCE:
            newest = self._newest_of(bit, group, state)
            return NEVER if newest is None else at - newest
        counts = self._counts(bit, group, state, feature.seconds, at)
        if feature.measure is Measure.DISTINCT:
            return len(counts)
        wanted = feature.value if feature.value is not None else (present if feature.field else "")
        return 0 if wanted is None else counts.get(wanted, 0)

    def _counts(self, bit: int, group: str, state: State, seconds: int, at: int) -> dict[str, int]:
        key = (bit, group, state, seconds)
        window = self._windows.get(key)
        if window is None:
            window = self._windows[key] = _Window(state, seconds, self._membership.of(group))
            self._watch.add(group, window.looking)
        elif at < window.at:
            window.begin_again(self._membership.of(group))
        return window.counts(at, self._trace_of(bit, group))

    def _newest_of(self, bit: int, group: str, state: State | None) -> int | None:
        key = (bit, group, state)
        newest = self._newest.get(key)
        if newest is None:
            newest = self._newest[key] = _Newest(state, self._membership.of(group))
            self._watch.add(group, newest.looking)
        return newest.time(self._trace_of(bit, group))

    def _trace_of(self, bit: int, group: str) -> Callable[[int], Trace | None]:
        def trace_of(slot: int) -> Trace | None:
            return self._traces.of(bit, slot) if self._membership.holds(group, slot) else None

        return trace_of


class _Window:
    """How often each value occurs among members within a window."""

    def __init__(self, state: State, seconds: int, members: Iterable[int]) -> None:
        self.at = 0
        self.looking = LookingAgain(members, self._let_go)
        self._state = state
        self._seconds = seconds
        self._shares: dict[int, dict[str, int]] = {}
        self._counts: dict[str, int] = {}

    def counts(self, at: int, trace_of: Callable[[int], Trace | None]) -> dict[str, int]:
        """By value, of those that occur; `at` never falls, unless it begins again."""
        self.at = at
        for slot in self.looking.pop(at):
            trace = trace_of(slot)
            self._let_go(slot)
            if trace is None:
                self.looking.plan(slot, None)
                continue
            share = count_within(trace, self._state, at, self._seconds)
            if share:
                self._shares[slot] = share
                self._add(share, 1)
            self.looking.plan(slot, first_out(trace, self._state, at, self._seconds))
        return self._counts

    def begin_again(self, members: Iterable[int]) -> None:
        """Count all members anew: time has fallen."""
        for slot in members:
            self.looking.touch(slot)

    def _let_go(self, slot: int) -> None:
        self._add(self._shares.pop(slot, {}), -1)

    def _add(self, share: dict[str, int], sign: int) -> None:
        for value, times in share.items():
            count = self._counts.get(value, 0) + sign * times
            if count:
                self._counts[value] = count
            else:
                del self._counts[value]


class _Newest:
    """When something was last seen of any member."""

    def __init__(self, state: State | None, members: Iterable[int]) -> None:
        self.looking = LookingAgain(members, self._let_go)
        self._state = state
        self._times: dict[int, int] = {}
        self._heap: list[tuple[int, int]] = []

    def time(self, trace_of: Callable[[int], Trace | None]) -> int | None:
        """Unix seconds; None if nothing was."""
        for slot in self.looking.pop(0):
            trace = trace_of(slot)
            newest = None
            if trace is not None:
                newest = (trace.latest or None) if self._state is None else last_seen(trace, self._state)
            if newest is None:
                self._times.pop(slot, None)
            elif self._times.get(slot) != newest:
                self._times[slot] = newest
                heapq.heappush(self._heap, (-newest, slot))
        while self._heap and self._times.get(self._heap[0][1]) != -self._heap[0][0]:
            heapq.heappop(self._heap)
        if len(self._heap) > 2 * len(self._times) + _SPARE:
            self._heap = [(-time, slot) for slot, time in self._times.items()]
            heapq.heapify(self._heap)
        return -self._heap[0][0] if self._heap else None

    def _let_go(self, slot: int) -> None:
        self._times.pop(slot, None)
