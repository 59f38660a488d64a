"""From a question to what the composer is asked: only what was permitted goes in, and what does not is named.

An ordinary question at a plain placement never comes here; to find that out costs four look-ups.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from gateway.composing.sensitive_gate import SensitiveGate
from gateway.deciding.asked import Asked, Extras
from scoring import Composer, Model, Ranked, Wanted


class Composing:
    """Composes the slates that need it. Lives on the event loop."""

    def __init__(
        self,
        composer: Composer,
        disliked: Mapping[int, tuple[int, ...]],
        turn: Callable[[int], None],
        gate: SensitiveGate | None,
        ages: Callable[[int], list[tuple[int, int]]],
    ) -> None:
        """Compose by `composer`; `disliked` and `ages` give by slot what people want less of, and how old what they saw is."""
        self.gate = gate
        """What stands in front of sensitive items, if there are any."""
        self.by_devices: Callable[[int], Model | None] = lambda _now: None
        """The model that devices learnt together, at a time (unix seconds); None where there is none that may be used."""
        self.turn = turn
        """Lets what editors decided follow the time; called once for each group of questions."""
        self._composer = composer
        self._disliked = disliked
        self._ages = ages

    def is_frozen(self, placement: str) -> bool:
        """Whether everybody is shown the same there."""
        return self._composer.is_frozen(placement)

    def concerns(self, asked: Asked) -> bool:
        """Whether this question's slate has to be composed."""
        return (
            asked.extras is not None
            or not asked.placement.recipe.is_plain
            or asked.placement.id in self._composer.editorial
            or asked.slot in self._disliked
        )

    def slate(self, asked: Asked, row: NDArray[np.int32] | None, now: int) -> Ranked:
        """Compose.

        Args:
            asked: the question.
            row: (20,) the person's history if it is personalised, or None: then nothing of the person enters.
            now: unix seconds.
        """
        extras, placement = asked.extras, asked.placement
        permitted = row is not None
        query = None if extras is None else extras.query
        slate = self._composer.compose(
            Wanted(
                placement=placement.id,
                recipe=placement.recipe,
                limit=asked.limit,
                row=row,
                exclude=asked.exclude,
                candidates=asked.candidates,
                category=asked.category,
                item=None if extras is None else extras.item,
                query=query if permitted and placement.recipe.query else None,
                basket=extras.basket if permitted and extras is not None else None,
                unused=extras.without if permitted and extras is not None else (),
                ages=self._ages(asked.slot)
                if permitted and asked.has_history and placement.recipe.repeats
                else (),
                disliked=self._disliked.get(asked.slot, ()) if permitted else (),
                model=asked.model,
            ),
            now,
        )
        slate.withheld = () if extras is None else _withheld(extras, asked, permitted=permitted)
        return slate


def _withheld(extras: Extras, asked: Asked, *, permitted: bool) -> tuple[str, ...]:
    """What the question brought of the person and was not used: all of it, or a query where no query counts."""
    if not permitted:
        return tuple(extras.personal())
    return ("query",) if extras.query is not None and not asked.placement.recipe.query else ()
