"""Rules and segments as they are sent and kept."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
EventName = Annotated[str, Field(min_length=1, max_length=128)]
FieldName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
Seconds = Annotated[int, Field(ge=1, le=31 * 86_400)]
Expression = Annotated[str, Field(min_length=1, max_length=1000)]
Text = Annotated[str, Field(max_length=200)]


class _Body(BaseModel):
    model_config = ConfigDict(
        extra="forbid", strict=True, hide_input_in_errors=True, frozen=True, use_attribute_docstrings=True
    )


class ActionBody(_Body):
    """What a rule does."""

    kind: Literal["offer", "notification", "webhook"]
    """An offer that the person holds, or word to the purpose's destinations."""
    name: Annotated[str, Field(pattern=r"^[!-~]{1,64}$")]
    """Of the offer, the template or the call: the app's own."""
    budget: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    """Of an offer: how many are given at most, ever. Raising it is a change of the rule."""
    valid_seconds: Seconds = 86_400
    """Of an offer: how long it holds."""


class AbsenceBody(_Body):
    """Fire when nothing of this happens in time."""

    seconds: Seconds
    """How long after the event."""
    unless: Annotated[tuple[EventName, ...], Strict(False), Field(min_length=1, max_length=16)]
    """The events that end the wait."""


class ConversionBody(_Body):
    """What counts as success."""

    event: EventName
    """The name of the event."""
    within_seconds: Seconds
    """How long after the rule fired."""


class RuleBody(_Body):
    """A rule as it is written."""

    purpose: Name
    """For which purpose it reads signals and acts."""
    title: Text = ""
    """For people who run it."""
    enabled: bool = True
    """Whether it is in force; one that is not can be tried (`dry-run`)."""
    on: Annotated[tuple[EventName, ...], Strict(False), Field(min_length=1, max_length=16)]
    """The events that it looks at."""
    when: Expression
    """Its condition (docs/rules.md)."""
    firing: Literal["crossing", "match"] | None = None
    """Fire only if it did not hold without the event, or each time; by default the first, if it reads a window."""
    absence: AbsenceBody | None = None
    """Wait, and fire when nothing comes."""
    group: Name | None = None
    """A segment of the same purpose: its members are looked at together, and all of them are acted on."""
    action: ActionBody
    """What it does."""
    include: Annotated[tuple[FieldName, ...], Strict(False), Field(max_length=8)] = ()
    """Fields of the event that the record carries."""
    cooldown_seconds: Annotated[int, Field(ge=0, le=31 * 86_400)] = 0
    """After it fired for a person, it rests so long for them."""
    max_per_person: Annotated[int, Field(ge=1, le=100)] | None = None
    """How often it fires for a person at most."""
    conversion: ConversionBody | None = None
    """What counts as success."""
    holdout: Annotated[float, Field(ge=0, le=0.5, allow_inf_nan=False)] = 0.0
    """For what share of people it does not act, to compare with: needs `conversion`."""


class SegmentBody(_Body):
    """A segment as it is written."""

    purpose: Name
    """For which purpose it reads signals and may be used."""
    title: Text = ""
    """For people who run it."""
    when: Expression | None = None
    """Who belongs to it, by features; without it, its members are taken in from a list."""


class FeatureBody(_Body):
    """A value of a person, under a name of its own."""

    purpose: Name
    """For which purpose it reads signals and may be used."""
    title: Text = ""
    """For people who run it."""
    value: Expression
    """What it is, by features: a number, a truth value or a text."""
