"""From what was measured to what is published: figures with intervals. Only noisy numbers come in, so nothing here costs
anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec
import polars as pl

from privacy.releases import intervals
from privacy.releases.intervals import Estimate
from privacy.releases.plan import (
    ALL,
    ALLOWED,
    CUT,
    EVERYBODY,
    REACHED,
    REFUSED,
    SHOWN,
    Keyed,
    candidates,
    consent_key,
    plan_of,
)
from privacy.releases.shapes import ByFoundKeys, Consents, Experiment, Funnel, Mean, Quantiles, Release, Total
from privacy.releases.windows import Window
from privacy.spending.loss import Loss


class Figure(msgspec.Struct, frozen=True):
    """One published number."""

    key: str
    """What the number is about."""
    value: float | None
    """The number; None where there is more noise in it than it is worth."""
    low: float | None
    """With 95 % the truth lies above."""
    high: float | None
    """With 95 % the truth lies below."""


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """A publication, whole."""

    release: str
    version: int
    title: str
    shape: str
    purpose: str
    audience: str
    window: str
    begin: int
    end: int
    figures: tuple[Figure, ...]
    hidden: int
    """How many of them show no number, because of the noise."""
    noise: float
    """The standard deviation of what was added to each number of people."""
    cut_people: Figure | None
    """Of how many people something was cut off by the bounds."""
    cut_amount: Figure | None
    """How much, at least."""
    rho: float
    delta: float
    epsilon: float
    """What it costs alone, at `delta` and 1e-9 more."""


@dataclass(frozen=True, slots=True)
class _Noisy:
    people: Mapping[str, float]
    sums: Mapping[str, float]


def body_of(release: Release, window: Window, measured: pl.DataFrame, loss: Loss, epsilon: float) -> bytes:
    """The publication of what was measured, which costs `loss`, and alone `epsilon`, as JSON."""
    plan = plan_of(release)
    figures = tuple(_figures(release, plan, measured))
    noisy = _noisy(measured)
    return msgspec.json.encode(
        Body(
            release=release.id,
            version=release.version,
            title=release.title,
            shape=str(release.__struct_config__.tag),
            purpose=release.purpose,
            audience=release.audience,
            window=window.name,
            begin=window.begin,
            end=window.end,
            figures=figures,
            hidden=sum(each.value is None for each in figures),
            noise=plan.noise_people,
            cut_people=_cut_people(release, plan, noisy),
            cut_amount=_cut_amount(plan, noisy),
            rho=loss.rho,
            delta=loss.delta,
            epsilon=epsilon,
        )
    )


def _figures(release: Release, plan: Keyed, measured: pl.DataFrame) -> Iterator[Figure]:
    noisy, noise, noise_sum = _noisy(measured), plan.spread(plan.noise_people), plan.spread(plan.noise_sum)
    match release:
        case Total():
            found = intervals.total(noisy.sums.get(ALL, 0.0), noise_sum, plan.most_each)
            yield _figure(release.of.value, found)
            yield _figure("people", intervals.count(noisy.people.get(ALL, 0.0), noise))
        case Mean():
            found = intervals.mean(
                noisy.sums.get(ALL, 0.0), noise_sum, noisy.people.get(ALL, 0.0), noise, plan.most_each
            )
            yield _figure(f"{release.of.value} a person", found)
            yield _figure("people", intervals.count(noisy.people.get(ALL, 0.0), noise))
        case Quantiles():
            yield from _quantiles(release, plan, noisy, noise)
        case Funnel():
            yield from _funnel(release, noisy, noise)
        case Experiment():
            yield from _experiment(release, noisy, noise)
        case Consents():
            yield from _consents(release, noisy, noise)
        case _:
            keys = plan.keys if plan.keys is not None else _by_size(release, noisy)
            for key in keys:
                if key != CUT:
                    yield _figure(key, intervals.count(noisy.people.get(key, 0.0), noise))


def _by_size(release: Release, noisy: _Noisy) -> list[str]:
    found = sorted((key for key in noisy.people if key != CUT), key=lambda key: (-noisy.people[key], key))
    top = release.top if isinstance(release, ByFoundKeys) else 0
    return found[:top] if top else found


def _funnel(release: Funnel, noisy: _Noisy, noise: float) -> Iterator[Figure]:
    """Whoever got to a step also got to those before it: the noise of every later one adds up."""
    for place, step in enumerate(release.steps):
        later = release.steps[place:]
        yield _figure(
            step,
            intervals.count(sum(noisy.people.get(each, 0.0) for each in later), noise * len(later) ** 0.5),
        )


def _experiment(release: Experiment, noisy: _Noisy, noise: float) -> Iterator[Figure]:
    arms = {
        arm: tuple(noisy.people.get(f"{arm}|{part}", 0.0) for part in (REACHED, SHOWN))
        for arm in release.arms
    }
    first = release.arms[0]
    for arm, (reached, shown) in arms.items():
        yield _figure(f"{arm}: people", intervals.count(shown, noise))
        yield _figure(f"{arm}: share", intervals.share(reached, shown, noise))
        if arm != first:
            one, other = arms[first], arms[arm]
            effect = intervals.difference((one[0], one[1]), (other[0], other[1]), noise)
            yield _figure(f"{arm} against {first}", effect)


def _consents(release: Consents, noisy: _Noisy, noise: float) -> Iterator[Figure]:
    """The share of those who allow and who refuse, of everybody with a record."""
    everybody = noisy.people.get(EVERYBODY, 0.0)
    yield _figure(EVERYBODY, intervals.count(everybody, noise))
    for purpose in release.purposes:
        for how in (ALLOWED, REFUSED):
            people = noisy.people.get(consent_key(purpose, how), 0.0)
            yield _figure(f"{purpose}: {how}", intervals.count(people, noise))
            yield _figure(f"{purpose}: share {how}", intervals.share(people, everybody, noise))


def _quantiles(release: Quantiles, plan: Keyed, noisy: _Noisy, noise: float) -> Iterator[Figure]:
    counts = [noisy.people.get(key, 0.0) for key in plan.keys or ()]
    for share in release.shares:
        yield _figure(f"{share:g}", intervals.quantile(candidates(release), counts, share, noise))
    yield _figure("people", intervals.count(sum(counts), noise * len(counts) ** 0.5))


def _noisy(measured: pl.DataFrame) -> _Noisy:
    people = dict(zip(measured["key"], map(float, measured["people"]), strict=True))
    if "amount" not in measured.columns:
        return _Noisy(people, {})
    return _Noisy(people, dict(zip(measured["key"], map(float, measured["amount"]), strict=True)))


def _cut_people(release: Release, plan: Keyed, noisy: _Noisy) -> Figure | None:
    if plan.keys is not None and CUT not in plan.keys:
        return None
    if isinstance(release, ByFoundKeys) and not release.tells_cut:
        return None
    if CUT not in noisy.people:  # fewer than the threshold: so much is known, and no more
        return Figure(CUT, None, 0.0, float(plan.threshold or 0))
    return _figure(CUT, intervals.recorded(noisy.people[CUT], plan.spread(plan.noise_people)), always=True)


def _cut_amount(plan: Keyed, noisy: _Noisy) -> Figure | None:
    if CUT not in noisy.sums:
        return None
    return _figure(CUT, intervals.recorded(noisy.sums[CUT], plan.spread(plan.noise_sum)), always=True)


def _figure(key: str, found: Estimate, *, always: bool = False) -> Figure:
    if found.hidden and not always:
        return Figure(key, None, None, None)
    return Figure(key, found.value, found.low, found.high)
