"""The training schedule: nobody who left stays in a model beyond the bound."""

from __future__ import annotations

import pytest

from scoring import ScheduleBounds, ScheduleParameterError, ScheduleStateError, TrainingSchedule

BOUNDS = ScheduleBounds(removal_seconds=60, gather_seconds=5, interval_seconds=30)


def trained_once(now: float = 0.0, seconds: float = 1.0) -> TrainingSchedule:
    schedule = TrainingSchedule(BOUNDS)
    schedule.contributed()
    schedule.started(now)
    schedule.finished(now + seconds)
    return schedule


class TestDue:
    def test_nothing_is_due_without_a_change(self) -> None:
        assert not TrainingSchedule(BOUNDS).is_due(1e9)
        assert not trained_once().is_due(1e9)

    def test_the_first_contribution_starts_the_first_training(self) -> None:
        schedule = TrainingSchedule(BOUNDS)
        schedule.contributed()
        assert schedule.is_due(0)

    def test_further_contributions_wait_for_the_interval(self) -> None:
        schedule = trained_once()
        schedule.contributed()
        assert not schedule.is_due(29.9)
        assert schedule.is_due(30)

    def test_a_long_training_is_followed_by_a_long_rest(self) -> None:
        schedule = trained_once(seconds=20)
        schedule.contributed()
        assert not schedule.is_due(99)
        assert schedule.is_due(100)

    def test_a_removal_waits_only_to_gather_others(self) -> None:
        schedule = trained_once(seconds=20)
        schedule.removed(21)
        schedule.removed(24)
        assert not schedule.is_due(25.9)
        assert schedule.is_due(26)

    def test_one_training_at_a_time(self) -> None:
        schedule = TrainingSchedule(BOUNDS)
        schedule.contributed()
        schedule.started(0)
        schedule.removed(1)
        assert not schedule.is_due(1000)
        with pytest.raises(ScheduleStateError):
            schedule.started(5)

    def test_what_came_during_a_training_is_not_forgotten(self) -> None:
        schedule = TrainingSchedule(BOUNDS)
        schedule.contributed()
        schedule.started(0)
        schedule.contributed()
        schedule.finished(1)
        assert schedule.is_due(30)

    def test_a_failed_training_is_tried_again_but_not_at_once(self) -> None:
        schedule = TrainingSchedule(BOUNDS)
        schedule.contributed()
        schedule.started(0)
        schedule.failed(1)
        assert not schedule.is_due(5.9)
        assert schedule.is_due(6)

    def test_a_failed_training_for_a_removal_is_tried_again_too(self) -> None:
        schedule = trained_once()
        schedule.removed(10)
        schedule.started(15)
        schedule.failed(16)
        assert not schedule.is_due(20.9)
        assert schedule.is_due(21)


class TestRetirement:
    def test_nothing_owed_nothing_retired(self) -> None:
        assert trained_once().retire_at() is None
        assert not trained_once().must_retire(1e9)

    def test_a_model_that_was_not_retrained_in_time_goes(self) -> None:
        schedule = trained_once()
        schedule.removed(10)
        schedule.removed(50)
        assert schedule.retire_at() == 70
        assert not schedule.must_retire(69.9)
        assert schedule.must_retire(70)

    def test_a_training_that_started_after_the_removal_settles_it(self) -> None:
        schedule = trained_once()
        schedule.removed(10)
        schedule.started(15)
        assert schedule.retire_at() == 70
        schedule.finished(16)
        assert schedule.retire_at() is None

    def test_a_training_that_started_before_the_removal_does_not(self) -> None:
        schedule = trained_once()
        schedule.contributed()
        schedule.started(30)
        schedule.removed(31)
        schedule.finished(40)
        assert schedule.retire_at() == 91
        assert schedule.is_due(40)

    def test_a_model_that_comes_too_late_for_a_second_removal_goes_as_well(self) -> None:
        schedule = trained_once()
        schedule.removed(0)
        schedule.started(5)
        schedule.removed(6)
        schedule.finished(70)
        assert schedule.must_retire(70)

    def test_failures_do_not_move_the_deadline(self) -> None:
        schedule = trained_once()
        schedule.removed(10)
        schedule.started(15)
        schedule.removed(20)
        schedule.failed(25)
        assert schedule.retire_at() == 70
        schedule.started(30)
        schedule.failed(31)
        assert schedule.must_retire(70)

    def test_after_a_retirement_the_next_training_settles_what_was_owed(self) -> None:
        schedule = trained_once()
        schedule.removed(10)
        assert schedule.must_retire(100)
        assert schedule.is_due(100)
        schedule.started(100)
        schedule.finished(101)
        assert not schedule.must_retire(101)


def test_what_was_never_started_cannot_end() -> None:
    for end in (TrainingSchedule.finished, TrainingSchedule.failed):
        with pytest.raises(ScheduleStateError):
            end(TrainingSchedule(), 1)


@pytest.mark.parametrize(
    "bounds",
    [
        {"gather_seconds": 0},
        {"gather_seconds": 30},
        {"removal_seconds": 0},
        {"interval_seconds": 0},
        {"removal_seconds": float("nan")},
    ],
)
def test_bounds_that_cannot_be_kept_are_refused(bounds: dict[str, float]) -> None:
    with pytest.raises(ScheduleParameterError):
        ScheduleBounds(**bounds)
