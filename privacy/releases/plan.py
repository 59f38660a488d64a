"""From a release to what is measured: a table of (person, key, numbers) with bounds, and noise for each column.

Every shape comes to the same plan. So there is one plan to prove, and to attack, instead of twelve.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from privacy.releases.intervals import Z
from privacy.releases.shapes import (
    HOUR,
    ByFoundKeys,
    ByKeys,
    Consents,
    Experiment,
    Funnel,
    Histogram,
    Late,
    Law,
    Mean,
    People,
    Quantiles,
    Release,
    Retention,
    Total,
)

CUBE_NUMBERS: Final = ("person", "first", "n", "lines", "amount")
"""Whole numbers in a cube's file: a person's name of the week, when it first happened in its hour (unix seconds), how many
events, how many lines of orders, and money in minor units. Beside them stand `event` and one text `f.NAME` for each field."""
ALL: Final = "all"
"""The key of a release without keys."""
CUT: Final = "~cut"
"""The key under which everybody counts once of whom something was cut off."""
HOURS: Final = tuple(f"{hour:02d}" for hour in range(24))
DAYS_OF_WEEK: Final = tuple(str(day) for day in range(7))
_LAPLACE_SPREAD: Final = math.log(20) / math.sqrt(2) / Z
"""19 of 20 draws lie within ln 20 times the scale, which is the standard deviation over the root of 2."""
SHOWN, REACHED = "shown", "reached"
EVERYBODY, ALLOWED, REFUSED = "everybody", "allowed", "refused"


@dataclass(frozen=True, slots=True)
class Keyed:
    """People per key and, if asked, the sum of their amounts."""

    keys: tuple[str, ...] | None
    """Known in advance; None where they are found."""
    most_keys: int
    """Under how many a person counts at most."""
    noise_people: float
    """Standard deviation of the noise on people."""
    most_each: int = 0
    """How much a person has at most under a key; 0 where nothing is summed."""
    noise_sum: float = 0.0
    """Standard deviation of the noise on the sum."""
    threshold: int | None = None
    """What a key that is found must reach."""
    law: Law = Law.GAUSSIAN
    """How the noise is drawn."""

    @property
    def reach(self) -> int:
        """Under how many keys one person can change anything."""
        return self.most_keys if self.keys is None else min(self.most_keys, len(self.keys))

    @property
    def rho(self) -> float:
        """What it costs by hand, which the measurement proves again.

        Gaussian: k/(2 s^2) for the people, k c^2/(2 s^2) for the sum. Laplace: each of k keys is epsilon e alone, so e^2/2, and
        k of them with noise of their own are k e^2/2 (Bun and Steinke 2016, proposition 1.4).
        """
        if self.law is Law.LAPLACE:
            return self.reach * self.epsilon_each**2 / 2
        cost = self.reach / (2 * self.noise_people**2)
        if self.most_each:
            cost += self.reach * self.most_each**2 / (2 * self.noise_sum**2)
        return cost

    @property
    def epsilon_each(self) -> float:
        """What one key costs alone, by Laplace noise: what a person changes over the scale of the noise."""
        cost = math.sqrt(2) / self.noise_people
        return cost + math.sqrt(2) * self.most_each / self.noise_sum if self.most_each else cost

    def spread(self, noise: float) -> float:
        """The standard deviation of normal noise that lies as far off as this in one of twenty cases."""
        return noise * _LAPLACE_SPREAD if self.law is Law.LAPLACE else noise


def plan_of(release: Release) -> Keyed:
    """What is measured for a release."""
    return replace(_plan_of(release), law=release.law)


def _plan_of(release: Release) -> Keyed:
    found: Keyed
    match release:
        case People(noise=noise) | Late(noise=noise):
            found = Keyed((ALL,), 1, noise)
        case Total() | Mean():
            found = Keyed((ALL, CUT), 2, release.noise_people, release.most_each, release.noise)
        case Quantiles():
            found = Keyed((*map(str, candidates(release)), CUT), 1, release.noise)
        case ByKeys():
            keys = (*release.keys, CUT) if release.tells_cut else release.keys
            found = Keyed(keys, release.most_keys + release.tells_cut, release.noise)
        case ByFoundKeys():
            most = release.most_keys + release.tells_cut
            found = Keyed(None, most, release.noise, threshold=release.threshold)
        case Histogram() | Funnel():
            found = Keyed(
                bars(release) if isinstance(release, Histogram) else release.steps, 1, release.noise
            )
        case Retention(noise=noise):
            found = Keyed(DAYS_OF_WEEK, len(DAYS_OF_WEEK), noise)
        case Experiment():
            keys = tuple(f"{arm}|{part}" for arm in release.arms for part in (SHOWN, REACHED))
            found = Keyed(keys, 2, release.noise)
        case _:
            found = _standing(release)
    return found


def _standing(release: Consents) -> Keyed:
    each = [consent_key(purpose, how) for purpose in release.purposes for how in (ALLOWED, REFUSED)]
    return Keyed((EVERYBODY, *each), 1 + len(release.purposes), release.noise)


def consent_key(purpose: str, how: str) -> str:
    """Under which key people count who allow, or refuse, a purpose: nobody does both."""
    return f"{purpose}|{how}"


def candidates(release: Quantiles) -> tuple[int, ...]:
    """What a quantile may be: rising, from 0 to `most_each`."""
    last = release.steps - 1
    return tuple(sorted({step * release.most_each // last for step in range(release.steps)}))


def bars(release: Histogram) -> tuple[str, ...]:
    """The names of the bars: `1-4`, `5-9`, `10+`."""
    begins = (1, *release.edges)
    ends = [
        f"-{end - 1}" if end - 1 > begin else "" for begin, end in zip(begins, release.edges, strict=False)
    ]
    return (*(f"{begin}{end}" for begin, end in zip(begins, ends, strict=False)), f"{begins[-1]}+")


def encode_release(release: Release) -> bytes:
    """Everything that says what is computed, as canonical JSON: its SHA-256 is the plan's name in the books."""
    told = msgspec.to_builtins(release)
    for name, before in _SAID_LATER.items():
        if told.get(name) == before:
            del told[name]
    return msgspec.json.encode(told, order="sorted")


def plan_digest(release: Release) -> bytes:
    """SHA-256 of everything that says what is computed."""
    return hashlib.sha256(encode_release(release)).digest()


_SAID_LATER: Final = {"hours_each": 0, "law": Law.GAUSSIAN.value, "tells_cut": True}
"""What plans could not say once, and what they meant: those from before keep their names."""


def looks_at_hours(release: Release) -> bool:
    """Whether the hour of the day is a key of it."""
    return isinstance(release, ByKeys | ByFoundKeys) and release.by == HOUR
