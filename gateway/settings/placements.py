"""Settings of placements: where slates are shown, and what they are made of."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, Strict, model_validator
from pydantic_core import PydanticCustomError

from gateway.settings.groups import SettingGroup
from gateway.settings.values import Location, Name
from scoring import ExpressionError, Placement, Recipe, Surroundings

Share = Annotated[float, Field(ge=0, le=1)]
Category = Annotated[str, Field(min_length=1, max_length=255)]
Hour = Annotated[int, Field(ge=0, le=24)]


class SurroundingsSettings(SettingGroup):
    """A context in which a placement is different. Every condition that is given must hold."""

    zone: Category | None = None
    """The context's `zone`."""
    device: Category | None = None
    """The context's `device`."""
    from_hour: Hour | None = None
    """From this hour of the day on, by the context's `local_hour`."""
    to_hour: Hour | None = None
    """Before this hour; over midnight if it is the smaller of the two."""
    when: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    """A condition on the context in CEL: `context.weather == 'rain'`."""
    category: Category | None = None
    """The category whose items come first then."""
    limit: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Items in a slate then, if the request has no `limit`."""

    @model_validator(mode="after")
    def _hours_in_pairs(self) -> Self:
        if (self.from_hour is None) != (self.to_hour is None):
            raise PydanticCustomError("hours_in_pairs", "from_hour and to_hour come together")
        return self

    @model_validator(mode="after")
    def _when_can_be_read(self) -> Self:
        try:
            self.surroundings()
        except ExpressionError:
            raise PydanticCustomError("condition", "when is no CEL expression over the context") from None
        return self

    def surroundings(self) -> Surroundings:
        """The same, as scoring knows it.

        Raises:
            ExpressionError: the condition cannot be read.
        """
        hours = None if self.from_hour is None or self.to_hour is None else (self.from_hour, self.to_hour)
        return Surroundings(
            zone=self.zone,
            device=self.device,
            hours=hours,
            when=self.when,
            category=self.category,
            limit=self.limit,
        )


class PlacementSettings(SettingGroup):
    """A place where slates are shown."""

    id: Name
    """The `placement` of `/v1/decide`."""
    purpose: Name = "recommendations"
    """The purpose that must be in force for a personalised slate. Histories are of `recommendations` alone: under another one a
    slate is personal by what its question brings (basket, query)."""
    limit: Annotated[int, Field(ge=1, le=1000)] = 10
    """Items in a slate if the request has no `limit`."""
    max_limit: Annotated[int, Field(ge=1, le=1000)] = 100
    """The largest `limit` a request may have."""
    category: Category | None = None
    """If set, only items of this category."""
    kind: Literal["slate", "basket"] = "slate"
    """A `basket` placement leaves out what could replace something in the basket: it complements it."""
    model: Literal["shared", "devices"] = "shared"
    """Whose relations of items count: the shared model's, or those of the one that people's devices learnt together."""
    repeat_consumption: bool = False
    """Whether items of the person's own history may be shown (buy it again), where people are seen to come back to things."""
    content_share: Share = 0.0
    """How much likeness in title, tags and category counts beside the shared model."""
    query_share: Share = 0.0
    """How much the words of a question's `query` count: the item that answers them best gets the whole share."""
    trending_share: Share = 0.0
    """How much recent popularity counts."""
    diversity: Share = 0.0
    """How much likeness within a slate counts against relevance (MMR); 0.3 is a good start."""
    widening: Share = 0.0
    """How much diversity is added for somebody whose history goes from category to category; for one who stays with one, none."""
    newcomer_share: Share = 0.0
    """Share of places for items that were hardly shown yet."""
    fair_exposure: bool = False
    """Whether providers are shown in proportion to the items that they offer, within 0.8 and 1.25 of it."""
    surroundings: Annotated[tuple[SurroundingsSettings, ...], Strict(False)] = ()
    """Contexts in which it is different; the first that holds counts."""

    @model_validator(mode="after")
    def _limits_in_order(self) -> Self:
        limits = [self.limit, *(each.limit for each in self.surroundings if each.limit is not None)]
        if max(limits) > self.max_limit:
            raise PydanticCustomError("limit_above_max_limit", "limit must not exceed max_limit")
        return self

    def placement(self) -> Placement:
        """The same, as scoring knows it."""
        recipe = Recipe(
            content=self.content_share,
            query=self.query_share,
            trending=self.trending_share,
            diversity=self.diversity,
            widening=self.widening,
            newcomers=self.newcomer_share,
            fair_exposure=self.fair_exposure,
            basket=self.kind == "basket",
            repeats=self.repeat_consumption,
            by_devices=self.model == "devices",
        )
        around = tuple(each.surroundings() for each in self.surroundings)
        return Placement(self.id, self.purpose, self.limit, self.max_limit, self.category, recipe, around)


class EditorSettings(SettingGroup):
    """Somebody who decides of slates with a key of their own, never alone."""

    id: Name
    """Their name in decisions and in the log: a role or initials."""
    key_file: Location
    """The file with their key: one line of at least 16 characters, readable by its owner only."""


class SensitiveSettings(SettingGroup):
    """Items that are shown only to people for whom more holds: gambling, say. `docs/refused.md` says more."""

    categories: Annotated[tuple[Category, ...], Strict(False)] = ()
    """Categories of the catalogue."""
    requires: Annotated[tuple[Name, ...], Strict(False)] = ("age-verified", "not-self-excluded")
    """Conditions of the policy, each of which must hold for the person."""

    @model_validator(mode="after")
    def _something_is_required(self) -> Self:
        if not self.requires:
            raise PydanticCustomError("nothing_required", "a gate asks for something")
        return self


class CompositionSettings(SettingGroup):
    """What composed slates go by, at every placement that wants them."""

    trending_half_life_seconds: Annotated[int, Field(ge=10, le=30 * 86_400)] = 1800
    """After this time an interest counts half in what is trending."""
    trending_min_people: Annotated[int, Field(ge=2, le=1_000_000)] = 5
    """Fewer people make no trend."""
    newcomer_impressions: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    """An item is new until it was shown this often."""
    sensitive: SensitiveSettings = SensitiveSettings()
    """Items that are shown only where more holds."""
