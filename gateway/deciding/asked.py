"""A question on its way to its answer, and how it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit import Outcome
from gateway.callers.principals import Principal
from gateway.deciding.offers import NOTHING_OFFERED, Offered
from gateway.errors import NotPermittedError, PlacementUnknownError, QuestionInvalidError
from gateway.identities import Identities
from gateway.memory.people import NOBODY, People
from gateway.wire.claims import Claims
from gateway.wire.questions import Question
from scoring import Catalogue, Model, Placement, Ranked

Reply = Callable[[bytes], None]
"""Receives the answer's JSON."""

NOTHING = Ranked([], [], [], [])
"""Before anything is ranked."""


MAX_QUERY_CHARACTERS = 256
MAX_BASKET_ITEMS = 100


@dataclass(frozen=True, slots=True)
class Extras:
    """What a question brings beside the ordinary."""

    item: int | None
    """The item that the page is about."""
    query: str | None
    """Words of a search: personal."""
    basket: NDArray[np.int64] | None
    """What lies in the basket: personal."""
    without: tuple[int, ...]
    """Items of the history that are not to count: personal."""

    def personal(self) -> list[str]:
        """The names of what it brings of the person."""
        found = []
        if self.basket is not None:
            found.append("basket")
        if self.query is not None:
            found.append("query")
        if self.without:
            found.append("without")
        return found


@dataclass(slots=True)
class Asked:
    """One question on its way."""

    reply: Reply
    """Where the answer goes."""
    slot: int
    """Who it is about, or NOBODY."""
    placement: Placement
    """Where the slate will stand."""
    bit: int
    """The placement's purpose."""
    needs: tuple[int, ...]
    """The bits without which no personalised answer may leave: that, and of a linked person the condition of the link."""
    has_history: bool
    """Whether that purpose keeps the histories: what was done under it ranks nothing for another."""
    limit: int
    """How many items at most."""
    claims: int
    """What the request's own signals leave permitted."""
    exclude: NDArray[np.int32] | None
    """Items not to show."""
    candidates: NDArray[np.int32] | None
    """If given, only these."""
    category: str | None
    """The context's category, for the popular slate."""
    context: dict[str, Any] | None = None
    """What the question says of its surroundings."""
    at: int = 0
    """When it was judged (unix seconds)."""
    extras: Extras | None = None
    """What it brings beside the ordinary, and whether every addend is wanted; None of an ordinary question."""
    offers: Offered | None = None
    """What the person holds; None unless it is asked for."""
    outcome: Outcome = Outcome.FAULT_UNACCOUNTED
    """What came of it."""
    model: Model | None = None
    """By what it was ranked, if not by the shared model."""
    slate: Ranked = NOTHING
    """What to show."""
    index: int | None = None
    """The index of the decision's entry."""
    answered: bool = False
    """Whether the answer has left."""

    @property
    def brings_signals(self) -> bool:
        """Whether there is something to go by, without a history."""
        return self.extras is not None and (
            self.extras.basket is not None or (self.extras.query is not None and self.reads_text)
        )

    @property
    def reads_text(self) -> bool:
        """Whether there is something to go by, without a model."""
        return self.placement.recipe.content > 0 or self.placement.recipe.query > 0


class QuestionReader:
    """Makes out what a question asks: about whom, for which place, within which bounds."""

    def __init__(
        self,
        *,
        identities: Identities,
        people: People,
        claims: Claims,
        catalogue: Catalogue,
        placements: dict[str, tuple[Placement, int, bool]],
        max_slate: int,
    ) -> None:
        """Read for these; `placements` maps an id to the placement, the bit of its purpose and whether that keeps histories."""
        self._identities = identities
        self._people = people
        self._claims = claims
        self._catalogue = catalogue
        self._placements = placements
        self._max_slate = max_slate

    def read(self, question: Question, principal: Principal, *, gpc: bool, reply: Reply) -> Asked:
        """Read a question.

        Raises:
            QuestionInvalidError: not exactly one subject, or something out of range.
            PlacementUnknownError: no such placement.
            NotPermittedError: a person-bound token asks about somebody else.
        """
        ref = self._identities.ref_of(known=question.subject.id, anonymous=question.subject.anonymous_id)
        found = self._placements.get(question.placement or "home")
        if ref is None:
            raise QuestionInvalidError(pointer="#/subject", code="not_one_subject")
        if principal.subject is not None and principal.subject != ref:
            raise NotPermittedError
        if found is None:
            raise PlacementUnknownError
        placement, bit, has_history = found
        context = question.context or {}
        if placement.surroundings:
            placement = placement.amid(context)
        limit = placement.limit if question.limit is None else question.limit
        if not 0 < limit <= min(self._max_slate, placement.max_limit):
            raise QuestionInvalidError(pointer="#/limit", code="out_of_range")
        whose = self._identities.linked_or_own(ref)
        category = context.get("category")
        return Asked(
            reply=reply,
            slot=self._people.slot_of.get(whose, NOBODY),
            placement=placement,
            bit=bit,
            needs=(bit,) if whose == ref else (bit, *self._identities.link_bits),
            has_history=has_history,
            limit=limit,
            claims=self._claims.of_question(question.signals, gpc=gpc),
            exclude=self._indices(question.exclude),
            candidates=self._indices(question.candidates),
            category=category if type(category) is str else placement.category,
            context=question.context,
            extras=None if question.is_ordinary else self._extras(question),
            offers=NOTHING_OFFERED if question.offers else None,
        )

    def _extras(self, question: Question) -> Extras:
        basket = self._indices(question.basket)
        without = self._indices(question.without)
        if len(question.query or "") > MAX_QUERY_CHARACTERS:
            raise QuestionInvalidError(pointer="#/query", code="too_long")
        if len(question.basket or ()) > MAX_BASKET_ITEMS:
            raise QuestionInvalidError(pointer="#/basket", code="too_long")
        return Extras(
            item=None if question.item is None else self._catalogue.index_of.get(question.item),
            query=question.query,
            basket=None if basket is None else basket.astype(np.int64),
            without=() if without is None else tuple(without.tolist()),
        )

    def _indices(self, ids: list[str] | None) -> NDArray[np.int32] | None:
        """The item indices of those ids that the catalogue knows, (n,) with n <= len(ids), in their order; None for None."""
        if ids is None:
            return None
        found = map(self._catalogue.index_of.get, ids)
        return np.array([index for index in found if index is not None], dtype=np.int32)
