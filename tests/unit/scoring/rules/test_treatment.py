"""Two shares beside one another: what is told, from how many people on, and what it is called."""

from __future__ import annotations

import pytest

from scoring.rules.lift import Group
from scoring.rules.treatment import treatment_of
from scoring.segments import MIN_COHORT


def people(members: tuple[int, int], others: tuple[int, int]) -> tuple[dict[int, bool], set[int]]:
    """For so many people of a group, and so many others, how it went: (people, with whom it went well)."""
    went_well = {slot: slot < members[1] for slot in range(members[0])}
    went_well |= {10**6 + slot: slot < others[1] for slot in range(others[0])}
    return went_well, set(range(members[0]))


@pytest.mark.parametrize(
    ("members", "others", "verdict"),
    [
        ((20_000, 10_000), (20_000, 10_050), "alike"),
        ((20_000, 6_000), (20_000, 10_000), "unequal"),
        ((20_000, 10_000), (20_000, 6_000), "unequal"),
        ((200, 90), (200, 100), "undecided"),
        ((200, 60), (200, 80), "undecided"),
        ((20_000, 0), (20_000, 10_000), "unequal"),
        ((20_000, 10_000), (20_000, 0), "unequal"),
        ((30, 30), (30, 1), "too_few"),
    ],
)
def test_what_a_difference_is_called(members: tuple[int, int], others: tuple[int, int], verdict: str) -> None:
    found = treatment_of(*people(members, others))
    assert found.verdict == verdict
    assert (found.members, found.others) == (Group(*members), Group(*others))
    assert (found.low is None) is (verdict == "too_few")
    assert found.ratio == (
        None if not others[1] else pytest.approx(members[1] / members[0] / (others[1] / others[0]))
    )


@pytest.mark.parametrize(("members", "others"), [(MIN_COHORT - 1, 500), (500, MIN_COHORT - 1), (0, 0)])
def test_of_few_people_nothing_is_told(members: int, others: int) -> None:
    found = treatment_of(*people((members, members), (others, 0)))
    assert (found.members, found.others, found.ratio, found.low, found.high) == (None,) * 5
    assert found.verdict == "too_few"


def test_members_of_whom_nothing_is_known_are_in_neither_number() -> None:
    went_well, group = people((30, 10), (30, 20))
    assert treatment_of(went_well, group | {77_777}) == treatment_of(went_well, group)


def test_where_nothing_went_well_for_anybody_there_is_no_verdict() -> None:
    assert treatment_of(*people((500, 0), (500, 0))).verdict == "too_few"
