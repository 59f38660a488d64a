"""Are people of a group treated like everybody else? A share among them against the share among the others. Pure.

Below `MIN_COHORT` people on either side nothing is told; from there on rounded numbers, so that one person more or less is
seldom seen, and no count of those with whom it went well. The verdict rests on the exact ones. A difference is `unequal` when
the ratio of the shares lies outside 0.8 to 1.25 (the four-fifths rule and its inverse) and the interval, which holds at every
look, leaves no room for none.

Source: Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4 D (1978), for the four fifths.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from math import ceil, floor

from scoring.rules.lift import Group, lift_of
from scoring.segments import MIN_COHORT

LEAST_RATIO, MOST_RATIO = 0.8, 1.25
_STEPS = 20
STEP = 1 / _STEPS
"""Of every number that is told: a share of the least group moves by as much with each of its people."""


@dataclass(frozen=True, slots=True)
class Share:
    """With how many people of a side it goes well, in steps that one person does not show in."""

    people: int
    """How many they are, rounded down to a multiple of `MIN_COHORT`."""
    share: float
    """Of them, rounded to a multiple of `STEP`."""


@dataclass(frozen=True, slots=True)
class Treatment:
    """How one thing goes for a group, and for the others."""

    members: Share | None
    """Of the group; None if either are too few to be told."""
    others: Share | None
    """Of everybody else whose group is known, likewise."""
    ratio: float | None
    """Of the shares as they are, the group's to the others', rounded; None if it is not told, or nobody else has any."""
    low: float | None
    """Where the true difference of the shares begins, rounded down; None while there are too few for an interval."""
    high: float | None
    """Where it ends, rounded up."""
    verdict: str
    """`alike`, `unequal`, `undecided` (perhaps by chance) or `too_few`, also where it never went well, or always."""


def treatment_of(went_well: Mapping[int, bool], group: Collection[int]) -> Treatment:
    """Compare a group with everybody else.

    Args:
        went_well: for each person (slot) of whom it is known, whether it went well.
        group: the slots of its members.
    """
    sides = [
        [well for slot, well in went_well.items() if (slot in group) is is_member]
        for is_member in (True, False)
    ]
    members, others = (Group(len(side), sum(side)) for side in sides)
    if min(members.people, others.people) < MIN_COHORT:
        return Treatment(None, None, None, None, None, "too_few")
    lift = lift_of(members, others)
    ratio = members.rate / others.rate if others.rate else None
    told = _told(members), _told(others), None if ratio is None else _in_steps(ratio, round)
    if lift.verdict == "too_few":
        return Treatment(*told, None, None, "too_few")
    is_near = ratio is not None and LEAST_RATIO <= ratio <= MOST_RATIO
    differs = not lift.interval.low <= 0 <= lift.interval.high
    certain = _within(others.rate + lift.interval.low, others.rate) and _within(
        others.rate + lift.interval.high, others.rate
    )
    verdict = "unequal" if differs and not is_near else "alike" if certain else "undecided"
    low, high = _in_steps(lift.interval.low, floor), _in_steps(lift.interval.high, ceil)
    return Treatment(*told, low, high, verdict)


def _told(side: Group) -> Share:
    return Share(side.people - side.people % MIN_COHORT, _in_steps(side.rate, round))


def _in_steps(number: float, way: Callable[[float], int]) -> float:
    """The number as a multiple of `STEP`."""
    return way(number * _STEPS) / _STEPS


def _within(share: float, of: float) -> bool:
    """Whether a share is near enough to another."""
    return LEAST_RATIO * of <= share <= MOST_RATIO * of
