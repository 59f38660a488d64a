"""When to train, and when a model must go because it has not been trained in time. Pure judgement: the gateway runs the thread.

- A removal (a withdrawal, an erasure) makes the model in use owe a retraining. If none that started after the removal has
  been adopted within the published bound, the model must be retired: better no shared model than one that still knows
  somebody who left.
- Removals are gathered for a moment, so that ten withdrawals cost one training; other changes wait for the interval, which
  grows with the duration of the last training, so that training never takes more than a fifth of the time.
- A training that fails changes nothing: what it owed is owed as before.

Times are seconds of one monotonic clock.
"""

from __future__ import annotations

from dataclasses import dataclass

from scoring.errors import ScheduleParameterError, ScheduleStateError

_REST = 4
"""Idle time per training time."""

_NEVER = float("-inf")


@dataclass(frozen=True, slots=True)
class ScheduleBounds:
    """The durations of a schedule."""

    removal_seconds: float = 60.0
    """The published bound: how long a model may know somebody who withdrew."""
    gather_seconds: float = 5.0
    """How long removals are gathered, and how long a failed training waits."""
    interval_seconds: float = 30.0
    """At least between the starts of two trainings without a removal."""

    def __post_init__(self) -> None:
        """Refuse contradictions.

        Raises:
            ScheduleParameterError: gathering would use up half the bound or more, or a duration is not positive.
        """
        if not 0 < self.gather_seconds < self.removal_seconds / 2 or not 0 < self.interval_seconds:
            raise ScheduleParameterError("0 < gather_seconds < removal_seconds / 2, and 0 < interval_seconds")


class TrainingSchedule:
    """What is owed, and what follows from it."""

    def __init__(self, bounds: ScheduleBounds | None = None) -> None:
        """Start with nothing trained and nothing owed."""
        self.bounds = bounds or ScheduleBounds()
        """The durations in force."""
        self.training = False
        """Whether a training is on its way."""
        self._changes = 0
        self._changes_taken = 0
        self._removed_at: float | None = None
        self._removed_before_start: float | None = None
        self._started_at = _NEVER
        self._not_before = _NEVER
        self._retry_at = _NEVER

    def contributed(self) -> None:
        """Somebody's contribution grew."""
        self._changes += 1

    def removed(self, now: float) -> None:
        """Somebody's contribution was removed."""
        self._changes += 1
        if self._removed_at is None:
            self._removed_at = now

    def is_due(self, now: float) -> bool:
        """Whether to start a training now."""
        if self.training or not self._changes:
            return False
        if self._removed_at is not None:
            return now >= max(self._removed_at + self.bounds.gather_seconds, self._retry_at)
        return now >= self._not_before

    def started(self, now: float) -> None:
        """A training starts on what is there now. Call it in the same step that takes the matrix.

        Raises:
            ScheduleStateError: one is on its way already.
        """
        if self.training:
            raise ScheduleStateError
        self.training = True
        self._started_at = now
        self._changes_taken, self._changes = self._changes, 0
        self._removed_before_start, self._removed_at = self._removed_at, None

    def finished(self, now: float) -> None:
        """The training is done and its model is in use.

        Raises:
            ScheduleStateError: none was started.
        """
        self._end()
        duration = now - self._started_at
        self._not_before = self._started_at + max(self.bounds.interval_seconds, (1 + _REST) * duration)
        self._retry_at = _NEVER
        self._removed_before_start = None

    def failed(self, now: float) -> None:
        """The training came to nothing.

        Raises:
            ScheduleStateError: none was started.
        """
        self._end()
        self._changes += self._changes_taken
        if self._removed_before_start is not None:
            self._removed_at = self._removed_before_start
            self._removed_before_start = None
        self._retry_at = self._not_before = now + self.bounds.gather_seconds

    def retire_at(self) -> float | None:
        """When the model in use must be retired unless a training is adopted before; None while nothing is owed."""
        owed = self._removed_before_start if self._removed_before_start is not None else self._removed_at
        return None if owed is None else owed + self.bounds.removal_seconds

    def must_retire(self, now: float) -> bool:
        """Whether the model in use must be retired now. Ask after `finished` too: somebody may have left meanwhile."""
        deadline = self.retire_at()
        return deadline is not None and now >= deadline

    def _end(self) -> None:
        if not self.training:
            raise ScheduleStateError
        self.training = False
