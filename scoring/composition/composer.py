"""Composing one slate: parts are added up, what may be shown is ordered, and the places are filled.

    add up -> hide -> order by score, then popularity -> diversity -> exposure -> newcomers, substitutes, pins

With the plain recipe it gives exactly what `rank_group` gives (a property test says so), with every addend named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.catalogue import MAX_CATALOGUE_ITEMS, Catalogue
from scoring.composition.addends import Addends, add_dislike, add_row, fold_in, scaled, unit_of
from scoring.composition.content import ContentIndex
from scoring.composition.diversity import diversify, same_category
from scoring.composition.editorial import EditorialRules
from scoring.composition.exposure import Exposure
from scoring.composition.newcomers import Newcomers
from scoring.composition.placing import Places, frozen_slate
from scoring.composition.recipe import Recipe
from scoring.composition.substitutes import replacing, substitutes_of
from scoring.composition.trending import Trending
from scoring.composition.widening import diversity_for
from scoring.decay import HISTORY_LENGTH
from scoring.history import without
from scoring.model import Model
from scoring.popular import Popular
from scoring.recent_items import NO_ITEM
from scoring.repeat_consumption import Ages, repeat_addends
from scoring.sightings import items_of
from scoring.slates import Part, Ranked

NO_RULES = EditorialRules()
_PERSONAL = ("history", "repeat")
_NO_ROW = np.full(HISTORY_LENGTH, NO_ITEM, dtype=np.int32)
_POOL_PER_PLACE = 12
_POOL = 120
_FAIR_POOL = 1000
_ITEM_BITS = MAX_CATALOGUE_ITEMS.bit_length() - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One slate that is wanted. What is personal in it was permitted before, or is not here."""

    placement: str
    """Where it will stand."""
    recipe: Recipe
    """What it is made of."""
    limit: int
    """Items at most."""
    row: NDArray[np.int32] | None = None
    """(20,) the person's history (sightings), newest first; None for an unpersonalised slate."""
    exclude: NDArray[np.int32] | None = None
    """Items not to show."""
    candidates: NDArray[np.int32] | None = None
    """If given, only these."""
    category: str | None = None
    """The context's category; its items come first in an unpersonalised slate."""
    item: int | None = None
    """The item that the page is about."""
    query: str | None = None
    """Words of a search."""
    basket: NDArray[np.int64] | None = None
    """What lies in the basket, in the order in which it was put there."""
    unused: tuple[int, ...] = ()
    """Items of the history that are not to count in this slate."""
    ages: Ages = ()
    """How old each sighting of the row's items is (`History.ages`), for a recipe with `repeats`."""
    disliked: tuple[int, ...] = ()
    """Items of which the person wants to see less."""
    model: Model | None = None
    """Whose relations count, if not the shared model's."""


class Composer:
    """Composes slates. Lives on the event loop."""

    def __init__(
        self, catalogue: Catalogue, popular: Popular, trending: Trending | None, newcomers: Newcomers
    ) -> None:
        """Compose from `catalogue`, with the model that `popular` uses."""
        self._catalogue = catalogue
        self._popular = popular
        self._trending = trending
        self._newcomers = newcomers
        self._exposure = Exposure()
        self.content: ContentIndex | None = None
        """Who is like whom; replaced when texts change."""
        self.editorial: Mapping[str, EditorialRules] = {}
        """By placement, what editors decided; replaced as a whole."""

    def is_frozen(self, placement: str) -> bool:
        """Whether everybody is shown the same fixed items there: not while none of them can be shown."""
        frozen = self.editorial.get(placement, NO_RULES).frozen
        return frozen is not None and bool(self._catalogue.available[list(frozen[1])].any())

    def compose(self, wanted: Wanted, now: int) -> Ranked:
        """Compose a slate; `now` is in unix seconds."""
        rules = self.editorial.get(wanted.placement, NO_RULES)
        again = self._again(wanted)
        may_show = self._may_show(wanted, again)
        if rules.frozen is not None:
            fixed = frozen_slate(rules.frozen, may_show, wanted.limit)
            if fixed.items:
                return fixed
        addends = self._add_up(wanted, rules, now)
        if again:
            named = [Part("repeat", item) for item in again]
            speaking = np.arange(len(again))
            addends.add_block(named, np.array(list(again)), np.array(list(again.values())), speaking)
        totals = addends.totals(len(may_show))
        row = None if wanted.row is None else items_of(without(wanted.row, wanted.unused))
        diversity = diversity_for(wanted.recipe, row, self._catalogue.category_of)
        order = self._order(wanted, totals, may_show, diversity)
        places = Places(wanted.limit, self._choose(wanted, order, totals, may_show, diversity))
        self._insert(places, wanted, rules, may_show)
        chosen = places.items
        if wanted.recipe.newcomers:
            self._newcomers.count(chosen)
        scores = [int(totals[item]) for item in chosen]
        parts = addends.parts_of(chosen, len(may_show))
        for item, found in zip(chosen, parts, strict=True):
            found.extend(places.labels.get(item, ()))
            if not found:
                found.append(Part("popular"))
        return _ranked(chosen, scores, parts)

    def _again(self, wanted: Wanted) -> dict[int, int] | None:
        """What speaks by itself for each item of the history; None if nothing of it is shown again."""
        model = wanted.model or self._popular.model
        if wanted.row is None or not wanted.recipe.repeats or not model.knows_repeats:
            return None
        row = without(wanted.row, wanted.unused)
        found = repeat_addends(model, row, wanted.ages)
        places = np.flatnonzero(found)
        return dict(zip(items_of(row)[places].tolist(), found[places].tolist(), strict=True))

    def _may_show(self, wanted: Wanted, again: dict[int, int] | None) -> NDArray[np.bool_]:
        may_show = self._catalogue.available.copy()
        if wanted.candidates is not None:
            listed = np.zeros(len(may_show), dtype=np.bool_)
            listed[wanted.candidates] = True
            may_show &= listed
        hidden = [*wanted.disliked]
        if wanted.row is not None and again is None:
            hidden += [item for item in items_of(wanted.row).tolist() if item < len(may_show)]
        if wanted.basket is not None:
            hidden += wanted.basket.tolist()
            if wanted.recipe.basket:
                hidden += replacing(self._catalogue, wanted.basket.tolist(), self.content)
        if wanted.item is not None:
            hidden.append(wanted.item)
        may_show[hidden] = False
        if wanted.exclude is not None:
            may_show[wanted.exclude] = False
        return may_show

    def _add_up(self, wanted: Wanted, rules: EditorialRules, now: int) -> Addends:
        addends, recipe, model = Addends(), wanted.recipe, wanted.model or self._popular.model
        row = _NO_ROW if wanted.row is None else without(wanted.row, wanted.unused)
        row, kinds = fold_in(row, wanted.basket)
        weights = model.weigh(row)
        unit = unit_of(weights)
        text = self.content
        liked = (text, recipe.content) if text and recipe.content else None
        add_row(addends, model, row, weights, kinds, liked)
        if text is not None and wanted.query is not None:
            items, likeness = text.answering(wanted.query)
            best = likeness.max(initial=1)
            addends.add(Part("query"), items, scaled(likeness / best, recipe.query, unit))
        if text is not None and wanted.item is not None:
            items, likeness = text.near(wanted.item)
            addends.add(Part("similar", wanted.item), items, likeness * unit)
        if self._trending is not None and recipe.trending:
            items, heat = self._trending.heat(now)
            addends.add(Part("trending"), items, scaled(heat, recipe.trending, unit))
        if rules.boosts:
            addends.add_block(
                [Part("boost", -1, 0, boost.rule) for boost in rules.boosts],
                np.array([boost.item for boost in rules.boosts], dtype=np.int64),
                scaled(np.array([boost.strength for boost in rules.boosts]), 1.0, unit),
                np.arange(len(rules.boosts)),
            )
        for item in wanted.disliked:
            add_dislike(addends, model, item, unit, text)
        return addends

    def _order(
        self, wanted: Wanted, totals: NDArray[np.int64], may_show: NDArray[np.bool_], diversity: float
    ) -> NDArray[np.int64]:
        """The candidates for the places, the best first: by score, then by popularity, never what speaks against itself."""
        recipe = wanted.recipe
        size = wanted.limit
        if diversity:
            size = max(_POOL, _POOL_PER_PLACE * wanted.limit)
        if recipe.fair_exposure:
            size = max(_FAIR_POOL, size)
        scored = np.flatnonzero((totals > 0) & may_show)
        keys = (totals[scored] << _ITEM_BITS) | scored
        if len(keys) > size:
            keys = np.partition(keys, len(keys) - size)[len(keys) - size :]
        keys.sort()
        best = keys[::-1] & (MAX_CATALOGUE_ITEMS - 1)
        if len(best) == size:
            return best
        category = wanted.category if wanted.row is None else None
        rest = self._popular.fill(may_show & (totals == 0), size - len(best), category)
        return np.concatenate((best, rest))

    def _choose(
        self,
        wanted: Wanted,
        order: NDArray[np.int64],
        totals: NDArray[np.int64],
        may_show: NDArray[np.bool_],
        diversity: float,
    ) -> list[int]:
        recipe, catalogue = wanted.recipe, self._catalogue
        if diversity and len(order):
            pool = order[: max(_POOL, _POOL_PER_PLACE * wanted.limit)]
            alike = (
                self.content.likeness(pool)
                if self.content is not None
                else same_category(catalogue.category_of[pool])
            )
            places = len(pool) if recipe.fair_exposure else wanted.limit
            picked = diversify(totals[pool], alike, diversity, places)
            order = np.concatenate((pool[picked], order[len(pool) :]))
        if recipe.fair_exposure and len(order):
            return self._exposure.place(wanted.placement, order, catalogue, may_show, wanted.limit)
        chosen: list[int] = order[: wanted.limit].tolist()
        return chosen

    def _insert(
        self, places: Places, wanted: Wanted, rules: EditorialRules, may_show: NDArray[np.bool_]
    ) -> None:
        recipe = wanted.recipe
        if recipe.newcomers:
            model = self._popular.model
            for item in self._newcomers.choose(
                wanted.placement, recipe.newcomers, wanted.limit, model, may_show
            ):
                places.give_last(item, Part("new"))
        if wanted.item is not None and not self._catalogue.available[wanted.item]:
            for item in reversed(substitutes_of(self._catalogue, wanted.item, self.content, may_show)):
                places.give_first(item, Part("similar", wanted.item))
        for at, (rule, item) in sorted(rules.pins.items()):
            if item < len(may_show) and may_show[item]:
                places.pin(at, item, Part("pinned", -1, 0, rule))


def _ranked(items: list[int], scores: list[int], parts: list[list[Part]]) -> Ranked:
    """A composed slate; its strongest personal addends stand where ordinary slates have them."""
    because, addends = [], []
    for found in parts:
        best = next((part for part in found if part.kind in _PERSONAL), None)
        because.append(-1 if best is None else best.because)
        addends.append(0 if best is None else best.addend)
    return Ranked(items, scores, because, addends, parts=parts)
