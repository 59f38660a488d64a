"""Decisions wait for what comes of them, as long as they should, as many as they may, and for nobody who left."""

from __future__ import annotations

from gateway.learning.joining import Joined, WaitingDecision, WaitingDecisions

WINDOW = 1800
HOUR = 3600


def waiting(max_decisions=1000):
    settled = []
    decisions = WaitingDecisions(
        window_seconds=WINDOW,
        max_decisions=max_decisions,
        settle=lambda placement, answered: settled.append((placement, answered)),
    )
    return decisions, settled


def shown(index, slot=1, at=100_000):
    return WaitingDecision(index, slot, at, "home", [5, 6])


def test_an_outcome_in_time_is_joined_once_a_kind():
    decisions, _ = waiting()
    decisions.add(shown(7))
    assert decisions.join(1, 7, 5, 100_010, "click") is Joined.JOINED
    assert decisions.join(1, 7, 5, 100_020, "click") is Joined.DUPLICATE
    assert decisions.join(1, 7, 5, 100_030, "conversion") is Joined.JOINED
    assert decisions.join(1, 7, 6, 100_030, "click") is Joined.JOINED
    assert decisions.join_rate == 3 / 4


def test_the_window_has_two_ends_and_the_hour_that_a_purpose_may_know_is_no_reason():
    decisions, _ = waiting()
    decisions.add(shown(7))
    assert decisions.join(1, 7, 5, 100_000 - HOUR, "click") is Joined.LATE
    assert decisions.join(1, 7, 5, 100_000 + WINDOW + 1, "click") is Joined.LATE
    assert decisions.join(1, 7, 5, 100_000 - HOUR + 1, "click") is Joined.JOINED
    assert decisions.join(1, 7, 6, 100_000 + WINDOW, "click") is Joined.JOINED


def test_each_way_to_be_wrong_has_its_name():
    decisions, _ = waiting()
    decisions.add(shown(7))
    assert decisions.join(2, 7, 5, 100_010, "click") is Joined.FOREIGN
    assert decisions.join(1, 7, 9, 100_010, "click") is Joined.NOT_SHOWN
    assert decisions.join(1, 8, 5, 100_010, "click") is Joined.UNKNOWN
    assert decisions.join(1, None, 5, 100_010, "click") is Joined.UNKNOWN
    assert decisions.join_rate == 0.0


def test_decisions_settle_in_order_when_their_time_is_over_and_say_whether_anything_came():
    decisions, settled = waiting()
    decisions.add(shown(1, at=100_000))
    decisions.add(shown(2, at=100_001))
    decisions.join(1, 1, 5, 100_010, "click")
    decisions.add(shown(3, at=100_000 + WINDOW + HOUR))
    assert settled == []
    decisions.add(shown(4, at=100_002 + WINDOW + HOUR))
    assert settled == [("home", True), ("home", False)]
    assert decisions.join(1, 2, 5, 100_010, "click") is Joined.LATE
    assert [each.index for each in decisions.waiting()] == [3, 4]


def test_no_more_wait_than_may():
    decisions, settled = waiting(max_decisions=3)
    for index in range(10):
        decisions.add(shown(index, slot=index % 2))
    assert len(decisions) == 3
    assert len(settled) == 7
    assert {slot: len(own) for slot, own in decisions._of_slot.items()} == {0: 1, 1: 2}


def test_whoever_is_forgotten_left_nothing_waiting():
    decisions, settled = waiting()
    for index in range(6):
        decisions.add(shown(index, slot=index % 2))
    decisions.forget(1)
    decisions.forget(9)
    assert [each.slot for each in decisions.waiting()] == [0, 0, 0]
    assert decisions.join(1, 1, 5, 100_010, "click") is Joined.UNKNOWN
    assert settled == []
    decisions.add(shown(6, slot=1))
    assert len(decisions) == 4


def test_without_outcomes_the_join_rate_is_one():
    assert waiting()[0].join_rate == 1.0
