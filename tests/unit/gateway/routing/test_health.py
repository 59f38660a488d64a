"""The numbers about a destination."""

from __future__ import annotations

from gateway.routing import Trouble
from gateway.routing.health import Circuit, Health
from tests.unit.gateway.routing.fakes import FakeReports, a_destination


def test_the_circuit_opens_half_opens_and_closes() -> None:
    health = Health(a_destination())
    health.trying()
    assert health.snapshot(0).circuit is Circuit.CLOSED
    health.failed(Trouble.SLOW, None)
    health.waiting(9.0)
    assert (health.snapshot(0).circuit, health.snapshot(0).retry_at) == (Circuit.OPEN, 9.0)
    health.trying()
    assert (health.snapshot(0).circuit, health.snapshot(0).retry_at) == (Circuit.HALF_OPEN, None)
    health.delivered(3, 10.0)
    status = health.snapshot(11.0)
    assert (status.circuit, status.failures, status.trouble, status.delivered) == (Circuit.CLOSED, 0, None, 3)
    assert status.last_delivered_at == 10.0


def test_a_refusal_closes_the_circuit_but_stays_visible() -> None:
    health = Health(a_destination())
    health.failed(Trouble.FAULTY, 500)
    health.refused(422)
    status = health.snapshot(0)
    assert (status.circuit, status.trouble, status.last_status) == (Circuit.CLOSED, Trouble.REFUSED, 422)


def test_going_down_and_coming_back_is_told_once_each() -> None:
    reports = FakeReports()
    health = Health(a_destination(), reports)
    health.delivered(1, 0.0)
    for trouble in (Trouble.SLOW, Trouble.UNREACHABLE):
        health.trying()
        health.failed(trouble, None)
    health.trying()
    health.delivered(1, 1.0)
    health.delivered(1, 2.0)
    assert reports.told == [("down", "shop", Trouble.SLOW), ("up", "shop")]


def test_a_refusal_is_an_answer_unless_there_is_no_room_for_it() -> None:
    reports = FakeReports()
    health = Health(a_destination(), reports)
    health.failed(Trouble.FAULTY, 500)
    health.refused(422)
    assert reports.told == [("down", "shop", Trouble.FAULTY), ("up", "shop")]
    for _ in range(3):
        health.refused(422)
        health.failed(Trouble.FULL, 422)
    assert reports.told[2:] == [("down", "shop", Trouble.FULL)]


def test_lag_counts_records_and_the_age_of_the_oldest() -> None:
    health = Health(a_destination())
    health.grown(10, 100.0)
    assert (health.snapshot(130.0).lag_records, health.snapshot(130.0).lag_seconds) == (10, 30.0)
    health.moved(10, 131.0)
    assert (health.snapshot(140.0).lag_records, health.snapshot(140.0).lag_seconds) == (0, 0.0)


def test_a_busy_destination_that_keeps_up_shows_no_growing_lag() -> None:
    health = Health(a_destination())
    for second in range(1, 100):
        health.grown(second * 10, float(second))
        health.moved(second * 10 - 5, float(second))
    assert health.snapshot(100.0).lag_seconds <= 2.0
    assert health.snapshot(100.0).lag_records == 5


def test_a_log_that_seems_shorter_is_not_believed() -> None:
    health = Health(a_destination())
    health.grown(10, 0.0)
    health.grown(5, 1.0)
    assert health.snapshot(1.0).lag_records == 10
