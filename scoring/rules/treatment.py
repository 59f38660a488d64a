"""Are people of a group treated like everybody else? A share among them against the share among the others. Pure.

Below `MIN_COHORT` people on either side nothing is told. A difference is `unequal` when the ratio of the shares lies outside
0.8 to 1.25 (the four-fifths rule and its inverse) and the interval, which holds at every look, leaves no room for none.

Source: Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4 D (1978), for the four fifths.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from scoring.rules.lift import Group, lift_of
from scoring.segments import MIN_COHORT

LEAST_RATIO, MOST_RATIO = 0.8, 1.25


@dataclass(frozen=True, slots=True)
class Treatment:
    """How one thing goes for a group, and for the others."""

    members: Group | None
    """Of the group; None if either are too few to be told."""
    others: Group | None
    """Of everybody else whose group is known, likewise."""
    ratio: float | None
    """Of the shares, the group's to the others'; None if it is not told, or nobody else has any."""
    low: float | None
    """Where the true difference of the shares begins; None while there are too few for an interval."""
    high: float | None
    """Where it ends."""
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
    if lift.verdict == "too_few":
        return Treatment(members, others, ratio, None, None, "too_few")
    is_near = ratio is not None and LEAST_RATIO <= ratio <= MOST_RATIO
    differs = not lift.interval.low <= 0 <= lift.interval.high
    certain = _within(others.rate + lift.interval.low, others.rate) and _within(
        others.rate + lift.interval.high, others.rate
    )
    verdict = "unequal" if differs and not is_near else "alike" if certain else "undecided"
    return Treatment(members, others, ratio, lift.interval.low, lift.interval.high, verdict)


def _within(share: float, of: float) -> bool:
    """Whether a share is near enough to another."""
    return LEAST_RATIO * of <= share <= MOST_RATIO * of
