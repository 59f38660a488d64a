"""What a rule brought: success among people for whom it acted, against people for whom it would have acted and did not. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from scoring.experiments.inference import Interval, Sample, always_valid_p, confidence_sequence

ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Group:
    """People for whom a rule came to act, or would have."""

    people: int
    """How many. Whoever withdrew is in no number."""
    successes: int
    """How many of them did what counts as success in time."""

    @property
    def rate(self) -> float:
        """Share of success; 0 for nobody."""
        return self.successes / self.people if self.people else 0.0


@dataclass(frozen=True, slots=True)
class Lift:
    """The comparison of those acted on with those held out."""

    acted: Group
    """For whom it acted."""
    held_out: Group
    """For whom it did not, to compare with."""
    difference: float
    """Of the rates."""
    interval: Interval
    """Where the true difference lies: valid at every look; without bounds while there are too few."""
    p: float
    """The p-value, valid at every look."""
    verdict: str
    """`better`, `worse`, `undecided` or `too_few`."""


def lift_of(acted: Group, held_out: Group) -> Lift:
    """Compare those acted on with those held out."""
    ours, theirs = _sample(acted), _sample(held_out)
    interval = confidence_sequence(ours, theirs, ALPHA)
    if interval.high - interval.low == float("inf"):
        verdict = "too_few"
    elif interval.low > 0:
        verdict = "better"
    else:
        verdict = "worse" if interval.high < 0 else "undecided"
    p = always_valid_p(ours, theirs, ALPHA)
    return Lift(acted, held_out, acted.rate - held_out.rate, interval, p, verdict)


def _sample(group: Group) -> Sample:
    n, rate = group.people, group.rate
    return Sample(n, rate, rate * (1 - rate) * n / (n - 1) if n > 1 else 0.0)
