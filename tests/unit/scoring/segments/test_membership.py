"""Who is in which segment, and from which size on that is told."""

from __future__ import annotations

from scoring.segments import MIN_COHORT, Membership


def test_members_come_and_go() -> None:
    membership = Membership()
    for slot in (3, 1, 2):
        membership.join("a", slot)
    membership.join("b", 1)
    membership.leave("a", 3)
    membership.leave("a", 9)
    assert membership.of("a") == [1, 2]
    membership.leave_all({"a": 1, "b": 1}, 1)
    assert (membership.of("a"), membership.of("b"), membership.of("c")) == ([2], [], [])


def test_a_small_segment_tells_no_size() -> None:
    membership = Membership()
    for slot in range(MIN_COHORT - 1):
        membership.join("a", slot)
    assert membership.size("a") is None
    membership.join("a", MIN_COHORT)
    assert membership.size("a") == MIN_COHORT
