"""Content: how alike items are in title, tags and category, and how well they answer words.

- An item's vector holds a weight for each of its words: `(1 + ln tf) * (ln((1 + n) / (1 + df)) + 1)`, of length 1. Tags and the
  category count as wholes as well, so that two items with one tag of two words in common are nearer than by its words.
- The likeness of two items is the cosine of their vectors, from 0 to 1.
- Of an item the 50 most alike are kept, from 0.05 on, computed when they are asked for.
- An index is never changed: a new one replaces it. It knows nothing of people.

Source: Salton and Buckley, Term-weighting approaches in automatic text retrieval, 1988 (the smoothed form of scikit-learn).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from scoring.catalogue import Item
from scoring.composition.compiled_adding import prepare_adding
from scoring.composition.compiled_placing import prepare_placing
from scoring.composition.recipe import UNIT

NEIGHBOURS = 50
"""Alike items kept of each."""
LEAST = 0.05
"""The least likeness that counts."""
MAX_QUERY_WORDS = 32
"""Words of a search that count."""

_WORD = re.compile(r"\w+")

Text = tuple[str, tuple[str, ...], str | None]
"""What of an item is read: title, tags, category."""


def text_of(item: Item | None) -> Text:
    """What is read of an item; nothing of a deleted one."""
    return ("", (), None) if item is None else (item.title, item.tags, item.category)


class ContentIndex:
    """Likeness among the items of a catalogue, and to words."""

    def __init__(self, texts: Sequence[Text]) -> None:
        """Index these, by item index."""
        self._number: dict[str, int] = {}
        counts = [Counter(_features(text)) for text in texts]
        columns: list[int] = []
        values: list[int] = []
        ends = [0]
        for count in counts:
            columns += [self._number.setdefault(word, len(self._number)) for word in count]
            values += count.values()
            ends.append(len(columns))
        shape = (len(texts), max(len(self._number), 1))
        raw = csr_matrix((np.array(values, dtype=np.float32), columns, ends), shape=shape)
        seen_in = np.bincount(raw.indices, minlength=shape[1])
        self._idf = (np.log((1 + shape[0]) / (1 + seen_in)) + 1).astype(np.float32)
        raw.data = (1 + np.log(raw.data)) * self._idf[raw.indices]
        self._vectors = _normed(raw)
        self._by_word = self._vectors.T.tocsr()
        rows = self._vectors
        self._rows = rows.indptr.astype(np.int32), rows.indices.astype(np.int32), rows.data.astype(np.float32)
        self._latest = np.full(shape[1], -1, dtype=np.int32)
        # Pages of memory that nothing is written to cost nothing: as much is used as there are items that somebody asked of.
        self._near = np.empty((len(texts), NEIGHBOURS), dtype=np.int32)
        self._likeness = np.empty((len(texts), NEIGHBOURS), dtype=np.int32)
        self._is_found = np.zeros(len(texts), dtype=np.bool_)

    def __len__(self) -> int:
        """How many items are indexed."""
        return int(self._vectors.shape[0])

    def near(self, item: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The items most like one: their indices, and the likeness as whole numbers up to UNIT. None for a later item."""
        if not 0 <= item < len(self):
            return _NOBODY
        if not self._is_found[item]:
            self._find_near(item)
        n = int(np.count_nonzero(self._likeness[item]))
        return self._near[item, :n].astype(np.int64), self._likeness[item, :n].astype(np.int64)

    def spoken_for(
        self, items: NDArray[np.int64], weights: NDArray[np.int64], share: float
    ) -> NDArray[np.int64]:
        """What some items, weighed, speak for with a share of content: (3, m), of each the item, the addend, who speaks."""
        known = np.flatnonzero(items < len(self))
        for item in items[known[~self._is_found[items[known]]]].tolist():
            self._find_near(item)
        found = np.empty((3, len(items) * NEIGHBOURS), dtype=np.int64)
        n = prepare_adding().gather_alike(self._near, self._likeness, share, items, weights, found)
        return found[:, :n]

    def answering(self, query: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The items that answer words: their indices, and how well as whole numbers up to UNIT."""
        words = Counter(_WORD.findall(query.casefold())[:MAX_QUERY_WORDS])
        known = {self._number[word]: n for word, n in words.items() if word in self._number}
        if not known:
            return _NOBODY
        columns = np.array(list(known), dtype=np.int32)
        weights = (1 + np.log(np.array(list(known.values()), dtype=np.float32))) * self._idf[columns]
        weights /= max(float(np.sqrt((weights * weights).sum())), 1e-12)
        answers = np.zeros(len(self), dtype=np.float32)
        starts, ends = self._by_word.indptr[columns], self._by_word.indptr[columns + 1]
        for first, last, weight in zip(starts.tolist(), ends.tolist(), weights, strict=True):
            answers[self._by_word.indices[first:last]] += weight * self._by_word.data[first:last]
        items = np.flatnonzero(answers >= LEAST)
        return items, _whole(answers[items])

    def likeness(self, items: NDArray[np.int64]) -> NDArray[np.float32]:
        """How alike some items are to one another: (n, n), 1 on the diagonal of those that have a text."""
        found = np.zeros((len(items), len(items)), dtype=np.float32)
        compare = prepare_placing().compare_rows
        compare(*self._rows, np.ascontiguousarray(items, dtype=np.int64), self._latest, found)
        return found

    def _find_near(self, item: int) -> None:
        items, likeness = _quantised(self._vectors[item] @ self._by_word)
        others = items != item
        items, likeness = items[others], likeness[others]
        # Of equals the lower index: the same index for the same catalogue, whatever was asked before.
        best = np.lexsort((items, -likeness))[:NEIGHBOURS]
        self._near[item, : len(best)], self._likeness[item, : len(best)] = items[best], likeness[best]
        self._near[item, len(best) :] = self._likeness[item, len(best) :] = 0
        self._is_found[item] = True


_NOBODY = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


def _features(text: Text) -> Iterable[str]:
    title, tags, category = text
    yield from _WORD.findall(title.casefold())
    for tag in tags:
        yield f"#{tag.casefold()}"
        yield from _WORD.findall(tag.casefold())
    if category is not None:
        yield f"@{category.casefold()}"
        yield from _WORD.findall(category.casefold())


def _normed(rows: csr_matrix) -> csr_matrix:
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).reshape(-1))
    rows.data /= np.repeat(np.maximum(lengths, 1e-12), np.diff(rows.indptr)).astype(np.float32)
    return rows


def _quantised(row: csr_matrix) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    enough = row.data >= LEAST
    items = row.indices[enough].astype(np.int64)
    return items, _whole(row.data[enough])


def _whole(likeness: NDArray[np.float32]) -> NDArray[np.int64]:
    found: NDArray[np.int64] = np.rint(np.minimum(likeness, 1.0) * UNIT).astype(np.int64)
    return found
