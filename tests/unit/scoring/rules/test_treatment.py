"""Two shares beside one another: what is told, from how many people on, and what it is called."""

from __future__ import annotations

import pytest

from scoring.rules.lift import Group, lift_of
from scoring.rules.treatment import STEP, treatment_of
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
    for told, (people_of, well) in ((found.members, members), (found.others, others)):
        assert told is not None
        assert (told.people, told.people % MIN_COHORT) == (people_of - people_of % MIN_COHORT, 0)
        assert abs(told.share - well / people_of) <= STEP / 2
    assert (found.low is None) is (verdict == "too_few")
    if not others[1]:
        assert found.ratio is None
    else:
        ratio = members[1] / members[0] / (others[1] / others[0])
        assert found.ratio == pytest.approx(ratio, abs=STEP / 2 + 1e-9)


def test_every_number_is_told_in_steps_and_the_interval_stays_whole() -> None:
    went_well, group = people((437, 213), (541, 401))
    found = treatment_of(went_well, group)
    lift = lift_of(Group(437, 213), Group(541, 401))
    assert found.members is not None
    assert found.others is not None
    assert found.low is not None
    assert found.high is not None
    for number in (found.members.share, found.others.share, found.ratio, found.low, found.high):
        assert number == pytest.approx(round((number or 0) / STEP) * STEP, abs=1e-12)
    assert found.low <= lift.interval.low <= lift.interval.high <= found.high
    one_more = treatment_of(went_well | {437: True}, group | {437})
    assert (one_more.members, one_more.ratio) == (found.members, found.ratio), "one person is not seen"


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
