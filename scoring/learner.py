"""Learning again and again: the same people as before, but for those who left and those who came.

- B of the most popular items (the head) follows from an inverse that is kept (`kept_inverse`): whoever went or changed is
  taken out of it, which is what inverting without them gives, within 1e-9. All other statistics are counted anew each time.
- Items beyond the head are known by what follows what alone, so the catalogue may be of any size that ranking can name. Memory:
  8 * HEAD**2 bytes kept and as many again while a model is made, 134 MB each at 4,096, and 12 bytes for every pair of items that
  somebody had within reach.
- Where the recipe counts B as nothing, there is no inverse, and nothing is kept.
- The recipe is chosen anew when half as many people again take part; of too few of them it is not kept either.

Lives on one thread at a time, beside the event loop.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from scoring.choosing import LEAST_PEOPLE, choose_recipe
from scoring.choosing_repeats import LEAST_RETURNING, choose_repeats
from scoring.contributions import Seen
from scoring.following import count_following, weigh_following
from scoring.kept_inverse import KeptInverse
from scoring.linear import ease_weights
from scoring.model import Model, TrainingFacts, popular_order, seal_model
from scoring.training_recipe import TrainingRecipe
from scoring.weighing import quantise

HEAD = 4096
"""Items that the closed form is computed for."""

_MANY = 16
"""If more than one in so many of the head's items' worth of people changed, inverting anew is as quick."""

_GROWN = 1.5


class Learner:
    """What is kept from one training to the next."""

    def __init__(self, *, head: int = HEAD, choose: bool = True) -> None:
        """Start with nothing.

        Args:
            head: items of the closed form.
            choose: whether recipes are chosen; otherwise the one given is used as it is.
        """
        self._head = head
        self._choose = choose
        self._inverse: KeptInverse | None = None
        self._columns: NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        self._known: Seen | None = None
        self._recipe: TrainingRecipe | None = None
        self._chosen_for = 0

    @property
    def nbytes(self) -> int:
        """How many bytes it keeps."""
        return self._inverse.nbytes if self._inverse is not None else 0

    @property
    def inversions(self) -> int:
        """How often the inverse that is kept was made from nothing."""
        return self._inverse.inversions if self._inverse is not None else 0

    def learn(
        self, seen: Seen, n_items: int, given: TrainingRecipe, *, k: int, now: int, version: int
    ) -> Model:
        """Train on what people have seen now.

        Args:
            seen: everybody who takes part.
            n_items: size of the catalogue.
            given: the recipe to use where none can be chosen.
            k: neighbours per item, 1 to 200.
            now: when `seen` was taken (unix seconds).
            version: the model's number.
        """
        recipe = self._recipe_for(seen, n_items, given)
        matrix = seen.matrix(n_items)
        popularity = np.bincount(matrix.indices, minlength=n_items).astype(np.int32)
        observed = np.flatnonzero(popularity).astype(np.int32)
        if recipe.linear:
            self._bring_up(seen, matrix, popularity, recipe.ridge)
        else:
            self._let_go()
        following = csr_matrix((n_items, n_items), dtype=np.float32)
        if recipe.following:
            counted = count_following(seen.people, seen.items, n_items, reach=recipe.reach)
            following = weigh_following(counted, popularity, recipe.damping) * np.float32(recipe.following)
        b = np.zeros((0, 0))
        if self._inverse is not None:
            b = ease_weights(self._inverse.p)
            b *= recipe.linear
        columns = observed if recipe.following else self._columns
        neighbours, weights, scale = quantise(b, self._columns, following, columns, k)
        facts = TrainingFacts(
            version=version,
            trained_at=now,
            n_people=len(seen.slots),
            ridge=recipe.ridge,
            half_life=recipe.half_life,
            weight_scale=scale,
            recipe=recipe,
        )
        return seal_model(facts, columns, neighbours, weights, popularity)

    def _recipe_for(self, seen: Seen, n_items: int, given: TrainingRecipe) -> TrainingRecipe:
        if not self._choose:
            return given
        n_people = len(seen.slots)
        are_enough, were_enough = n_people >= LEAST_PEOPLE, self._chosen_for >= LEAST_PEOPLE
        if n_people < LEAST_RETURNING:
            self._recipe, self._chosen_for = None, 0
        elif are_enough != were_enough or n_people >= _GROWN * self._chosen_for:
            recipe = choose_recipe(seen, n_items, given) if are_enough else given
            self._recipe = choose_repeats(seen, n_items, recipe)
            self._chosen_for = n_people
        return self._recipe or given

    def _bring_up(self, seen: Seen, matrix: csr_matrix, popularity: NDArray[np.int32], ridge: float) -> None:
        """Let the inverse be that of these people: by what changed, or from nothing."""
        n_observed = int(np.count_nonzero(popularity))
        known, inverse = self._known, self._inverse
        self._known = self._inverse = None  # if this breaks off, the next begins from nothing
        if known is not None and inverse is not None and inverse.ridge == ridge and self._covers(popularity):
            before, after = _changes(known, seen, matrix.shape[1])
            if before.shape[0] + after.shape[0] <= max(1, len(self._columns) // _MANY):
                inverse.exchange(before[:, self._columns], after[:, self._columns], matrix[:, self._columns])
                self._known, self._inverse = seen, inverse
                return
        self._columns = np.sort(popular_order(popularity)[: min(n_observed, self._head)]).astype(np.int32)
        self._inverse, self._known = KeptInverse(matrix[:, self._columns], ridge), seen

    def _let_go(self) -> None:
        """Keep nothing of people: a recipe in which B counts 0 needs no inverse."""
        self._known = self._inverse = None
        self._columns = np.zeros(0, dtype=np.int32)

    def _covers(self, popularity: NDArray[np.int32]) -> bool:
        """Whether the head is still made of the most popular items, and of no others."""
        if len(self._columns) == 0 or int(self._columns[-1]) >= len(popularity):
            return False
        wanted = min(int(np.count_nonzero(popularity)), self._head)
        rest = np.delete(popularity, self._columns)
        inside = popularity[self._columns]
        return len(self._columns) == wanted and int(inside.min()) >= max(1, int(rest.max(initial=0)))


def _changes(known: Seen, seen: Seen, n_items: int) -> tuple[csr_matrix, csr_matrix]:
    """The rows of whoever left or changed, as they were, and of whoever came or changed, as they are."""
    before, after = known.matrix(n_items), seen.matrix(n_items)
    slots = np.union1d(known.slots, seen.slots)
    aligned = [
        _spread(matrix, np.searchsorted(slots, some.slots), len(slots))
        for matrix, some in ((before, known), (after, seen))
    ]
    changed = np.flatnonzero(np.diff((aligned[0] != aligned[1]).tocsr().indptr))
    rows = [matrix[changed] for matrix in aligned]
    kept = [matrix[np.flatnonzero(np.diff(matrix.indptr))] for matrix in rows]
    return kept[0], kept[1]


def _spread(matrix: csr_matrix, places: NDArray[np.int64], n: int) -> csr_matrix:
    """The rows of a matrix at these places of a taller one."""
    lengths = np.zeros(n, dtype=np.int64)
    lengths[places] = np.diff(matrix.indptr)
    indptr = np.concatenate(([0], np.cumsum(lengths)))
    return csr_matrix((matrix.data, matrix.indices, indptr), shape=(n, matrix.shape[1]))
