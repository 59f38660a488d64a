"""Addends: what speaks for and against items, gathered from every side, and added up exactly.

A part of a score is `share * strength * weight`, a whole number. What does not come from the history is weighed with the weight
of the whole history: a share of 1 counts for as much as a history could at most.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scoring.catalogue import MAX_CATALOGUE_ITEMS
from scoring.composition.compiled_adding import prepare_adding
from scoring.composition.content import ContentIndex
from scoring.composition.recipe import UNIT
from scoring.decay import HISTORY_LENGTH, WEIGHT_ONE
from scoring.model import Model
from scoring.recent_items import NO_ITEM
from scoring.sightings import ITEM_MASK, UNUSED, items_of
from scoring.slates import Part

Whole = NDArray[np.int64]


@dataclass(slots=True)
class Addends:
    """What was gathered for one slate: blocks of items, values and the number of the source that speaks."""

    _sources: list[Part] = field(default_factory=list)
    _items: list[Whole] = field(default_factory=list)
    _values: list[Whole] = field(default_factory=list)
    _speaking: list[Whole] = field(default_factory=list)

    def add(self, source: Part, items: Whole, values: Whole) -> None:
        """One source speaks for some items, each once."""
        counted = np.flatnonzero(values)
        self.add_block([source], items[counted], values[counted], np.zeros(len(counted), dtype=np.int64))

    def add_block(self, sources: list[Part], items: Whole, values: Whole, speaking: Whole) -> None:
        """Several sources speak: `speaking` says by its number which of them does for each item. Noughts say nothing."""
        if len(items):
            self._items.append(items)
            self._values.append(values)
            self._speaking.append(speaking + len(self._sources))
            self._sources += sources

    def totals(self, n_items: int) -> Whole:
        """The score of every item: (n_items,)."""
        totals = np.zeros(n_items, dtype=np.int64)
        for items, values in zip(self._items, self._values, strict=True):
            prepare_adding().sum_up(items, values, totals)
        return totals

    def parts_of(self, chosen: list[int], n_items: int) -> list[list[Part]]:
        """The parts of some items' scores, the largest first."""
        found: list[list[Part]] = [[] for _ in chosen]
        if self._items and chosen:
            place = np.full(n_items, -1, dtype=np.int64)
            place[chosen] = np.arange(len(chosen))
            places = place[np.concatenate(self._items)]
            hits = np.flatnonzero(places >= 0)
            speaking, values = np.concatenate(self._speaking)[hits], np.concatenate(self._values)[hits]
            for at, number, value in zip(
                places[hits].tolist(), speaking.tolist(), values.tolist(), strict=True
            ):
                said = self._sources[number]
                found[at].append(Part(said.kind, said.because, value, said.rule))
        for parts in found:
            parts.sort(key=_largest_first)
        return found


def _largest_first(part: Part) -> int:
    return -part.addend


def unit_of(weights: NDArray[np.int32]) -> int:
    """What a whole history weighs, for what does not come from it."""
    return int(weights.sum()) or WEIGHT_ONE


def add_row(
    addends: Addends,
    model: Model,
    row: NDArray[np.int32],
    weights: NDArray[np.int32],
    kinds: list[str],
    content: tuple[ContentIndex, float] | None,
) -> None:
    """What the items of a row speak for: by the model, and by their content with a share.

    Args:
        addends: where to.
        model: the shared model.
        row: (20,) sightings, the newest first.
        weights: (20,) what each place of the row weighs, from `Model.weigh`.
        kinds: of each of the row's items, `history` or `basket`.
        content: the index and the share of content, if there is one.
    """
    known = items_of(row)
    used = np.flatnonzero(known < MAX_CATALOGUE_ITEMS)
    if not len(used):
        return
    items, weighing = known[used].astype(np.int64), weights[used].astype(np.int64)
    columns = model.column_of[np.minimum(items, model.n_items)]
    spoken = np.empty((3, columns.size * model.neighbours.shape[1]), dtype=np.int64)
    n = prepare_adding().gather_related(
        model.neighbours, model.weights, model.columns, columns, weighing, spoken
    )
    sources = [Part(kinds[at], item) for at, item in zip(used.tolist(), items.tolist(), strict=True)]
    addends.add_block(sources, *spoken[:, :n])
    if content is not None:
        index, share = content
        alike = [Part("content", item) for item in items.tolist()]
        addends.add_block(alike, *index.spoken_for(items, weighing, share))


def related(model: Model, item: int) -> tuple[Whole, Whole]:
    """The related items of an item and their weights, in the shared model."""
    column = int(model.column_of[min(item, model.n_items)])
    known = model.weights[column] > 0
    return (
        model.columns[model.neighbours[column][known]].astype(np.int64),
        model.weights[column][known].astype(np.int64),
    )


def add_dislike(addends: Addends, model: Model, item: int, unit: int, content: ContentIndex | None) -> None:
    """What a person wants less of speaks against what is like it, as strongly as it would speak for it."""
    items, weights = related(model, item)
    addends.add(Part("less_like_this", item), items, -weights * unit)
    if content is not None:
        near, likeness = content.near(item)
        addends.add(Part("less_like_this", item), near, -likeness * unit)


def scaled(strength: NDArray[np.float64], share: float, unit: int) -> Whole:
    """Strengths from 0 to 1 as addends."""
    return np.rint(strength * (share * UNIT)).astype(np.int64) * unit


def fold_in(row: NDArray[np.int32], basket: Whole | None) -> tuple[NDArray[np.int32], list[str]]:
    """A basket in front of a history, what was put in last first: the row, and of what kind each of its items is."""
    if basket is None or not len(basket):
        return row, ["history"] * HISTORY_LENGTH
    put = list(dict.fromkeys(basket.tolist()[::-1]))[:HISTORY_LENGTH]
    rest = [seen for seen in row.tolist() if seen & (ITEM_MASK | UNUSED) not in put]
    folded = (put + rest)[:HISTORY_LENGTH]
    folded += [NO_ITEM] * (HISTORY_LENGTH - len(folded))
    kinds = ["basket"] * len(put) + ["history"] * (HISTORY_LENGTH - len(put))
    return np.array(folded, dtype=np.int32), kinds
