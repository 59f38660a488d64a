"""Releases as they are declared: a closed list of shapes. There is no other way to ask a question of people's data.

Each shape is a function of one person's own rows first, bounded, and only then a sum over people: so the bounds that a shape
names are what a single person can change. Noise is told as the standard deviation that is added to each number (discrete
Gaussian, or discrete Laplace).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,47}\Z")]
Text = Annotated[str, Meta(min_length=1, max_length=128)]
Noise = Annotated[float, Meta(ge=0.5, le=1e12)]
"""The standard deviation of what is added. There is no release without."""
Bound = Annotated[int, Meta(ge=1, le=10**12)]
Few = Annotated[int, Meta(ge=1, le=1000)]


class Length(StrEnum):
    """How long a window is. Windows follow one another without a gap, in UTC."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"


class Of(StrEnum):
    """What is added up of a person."""

    EVENTS = "events"
    """How many events there were."""
    AMOUNT = "amount"
    """Money in minor units."""


class Law(StrEnum):
    """How noise is drawn."""

    GAUSSIAN = "gaussian"
    """Many releases cost little more than one: the closest where several are published of a day."""
    LAPLACE = "laplace"
    """One release costs little: the closest at one epsilon, where hardly anything else is published."""


class Declared(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="shape"):
    """What every release says."""

    id: Name
    """Its name, for ever."""
    version: Annotated[int, Meta(ge=1, le=10_000)]
    """A change of anything is a new version."""
    title: Text
    """The title for people."""
    window: Length
    """How much time each number is about."""
    purpose: Name = "analytics"
    """Only what people allowed for this purpose is looked at."""
    audience: Name = "product"
    """Who reads it: a quota of the budget."""
    events: Annotated[tuple[Text, ...], Meta(max_length=100)] = ()
    """Only these events; all when empty."""
    law: Law = Law.GAUSSIAN
    """How noise is drawn."""
    hours_each: Annotated[int, Meta(ge=0, le=24)] = 0
    """Of a day's hours each person counts in so many at most, the first ones, and a day costs no more; 0 counts and costs all."""


class People(Declared, tag="people", frozen=True, kw_only=True):
    """How many people there were."""

    noise: Noise


class Total(Declared, tag="total", frozen=True, kw_only=True):
    """How many events, or how much money."""

    of: Of
    most_each: Bound
    """What a person has more of is cut off."""
    noise: Noise
    noise_people: Noise
    """Of the number of people, from which the share that was cut off is told."""


class Mean(Declared, tag="mean", frozen=True, kw_only=True):
    """How much a person has on average."""

    of: Of
    most_each: Bound
    noise: Noise
    noise_people: Noise


class Quantiles(Declared, tag="quantiles", frozen=True, kw_only=True):
    """How much a share of people has at most: read off how many have how much, so all shares together cost what one does."""

    of: Of
    most_each: Bound
    shares: Annotated[tuple[Annotated[float, Meta(gt=0, lt=1)], ...], Meta(min_length=1, max_length=9)]
    steps: Annotated[int, Meta(ge=2, le=1000)] = 100
    """The answer is one of so many candidates, evenly from 0 to `most_each`: more are finer, and noisier."""
    noise: Noise
    """Of the number of people at each candidate."""


class Histogram(Declared, tag="histogram", frozen=True, kw_only=True):
    """How many people have how much."""

    of: Of
    edges: Annotated[tuple[Bound, ...], Meta(min_length=1, max_length=100)]
    """Rising; each bar begins at one, the first at 1."""
    noise: Noise


class ByKeys(Declared, tag="by_keys", frozen=True, kw_only=True):
    """How many people, by what they did it with; the keys are known in advance."""

    by: Text
    """A field that the purpose's policy allows, or `hour`."""
    keys: Annotated[tuple[Text, ...], Meta(min_length=1, max_length=10_000)]
    most_keys: Few
    """Each person counts under so many of them, drawn by lot."""
    noise: Noise
    tells_cut: bool = True
    """Whether it tells of how many people something was left out: it costs as much as one key more."""


class ByFoundKeys(Declared, tag="by_found_keys", frozen=True, kw_only=True):
    """How many people, by what they did it with; a key is shown only if enough people have it."""

    by: Text
    most_keys: Few
    noise: Noise
    threshold: Annotated[int, Meta(ge=10, le=10**9)]
    """What the noisy number of people must reach for a key to be seen at all."""
    top: Annotated[int, Meta(ge=0, le=10_000)] = 0
    """Only so many, the largest first; 0 shows all."""
    tells_cut: bool = True
    """As of keys that are known."""


class Funnel(Declared, tag="funnel", frozen=True, kw_only=True):
    """How many people got how far, step after step in this order."""

    steps: Annotated[tuple[Text, ...], Meta(min_length=2, max_length=20)]
    noise: Noise


class Retention(Declared, tag="retention", frozen=True, kw_only=True):
    """How many people of a week came again so many days after their first day of it."""

    noise: Noise


class Late(Declared, tag="late", frozen=True, kw_only=True):
    """Of how many people of a week something came after its day had closed, and so counted in no number of that day."""

    noise: Noise


class Experiment(Declared, tag="experiment", frozen=True, kw_only=True):
    """How many people were shown each arm, and how many of them did what was hoped for."""

    experiment: Text
    arms: Annotated[tuple[Text, ...], Meta(min_length=2, max_length=20)]
    success: Text
    """The event that was hoped for, after the arm was first shown."""
    noise: Noise


CONSENTS = "consents"
"""What releases of consents are booked under, in the place of a purpose."""


class Consents(Declared, tag="consents", frozen=True, kw_only=True):
    """How many people there are, and how many of them allow and refuse each purpose, as they stand when it is measured."""

    purpose: Literal["consents"] = "consents"
    purposes: Annotated[tuple[Text, ...], Meta(min_length=1, max_length=50)]
    """Of the policy."""
    noise: Noise


Release: TypeAlias = (
    People
    | Total
    | Mean
    | Quantiles
    | Histogram
    | ByKeys
    | ByFoundKeys
    | Funnel
    | Retention
    | Late
    | Experiment
    | Consents
)

MADE_BY_RULES = ("Rule Fired", "Segment Joined", "Segment Left")
"""Events that nobody did: they count only where a release names them."""
AMOUNT_FIELDS = ("revenue", "value")
"""The fields of an event that say how much money it is about; the first one that is a number counts."""
EXPOSURE = "Experiment Viewed"
"""The event that says which arm of an experiment somebody was shown."""
FIELD_EXPERIMENT = "experiment_id"
FIELD_ARM = "variation_id"
HOUR = "hour"


def fields_of(release: Release) -> tuple[str, ...]:
    """The fields of signals that a release looks at, beside event, time and amount."""
    if isinstance(release, ByKeys | ByFoundKeys):
        return () if release.by == HOUR else (release.by,)
    if isinstance(release, Experiment):
        return FIELD_EXPERIMENT, FIELD_ARM
    if isinstance(release, Consents):
        return (CONSENTS,)
    return ()


def ordered_events_of(release: Release) -> tuple[str, ...]:
    """The events whose order says something: which of two came first, to the second."""
    if isinstance(release, Experiment):
        return EXPOSURE, release.success
    return release.steps if isinstance(release, Funnel) else ()


def looks_at_amounts(release: Release) -> bool:
    """Whether it is about money."""
    return isinstance(release, Total | Mean | Quantiles | Histogram) and release.of is Of.AMOUNT


def events_of(release: Release) -> tuple[str, ...]:
    """The events that a release looks at; all when empty."""
    return release.steps if isinstance(release, Funnel) else release.events
