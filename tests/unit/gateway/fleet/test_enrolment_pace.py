"""Nobody enrols devices in bulk: a source has so many in an hour, a person eight; then they are told to wait."""

from __future__ import annotations

import pytest

from gateway.errors import RateLimitedError
from gateway.fleet.enrolment_pace import EnrolmentPace
from gateway.fleet.enrolments import MAX_DEVICES_OF_ONE
from privacy import SubjectRef


def person(number):
    return SubjectRef(bytes([number]) * 16)


def wait_of(pace, source, who, now):
    with pytest.raises(RateLimitedError) as refused:
        pace.keep(source, who, now)
    return refused.value.wait_seconds


def test_a_source_enrols_as_many_as_its_hour_has_and_another_source_its_own():
    pace = EnrolmentPace(7)
    for number in range(7):
        pace.keep("app", person(number), 0.0)
    assert wait_of(pace, "app", person(8), 0.0) == pytest.approx(3_600 / 7)
    pace.keep("shop", person(9), 0.0)
    pace.keep("app", person(8), 3_600 / 7 + 0.001)


def test_a_person_enrols_eight_whichever_sources_ask():
    pace = EnrolmentPace(1_000)
    for number in range(MAX_DEVICES_OF_ONE):
        pace.keep(f"app-{number}", person(1), 0.0)
    assert wait_of(pace, "app", person(1), 0.0) == pytest.approx(3_600 / MAX_DEVICES_OF_ONE)
    pace.keep("app", person(2), 0.0)
