"""A question on its way to its answer, and how it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit import Outcome
from gateway.claims import Claims
from gateway.errors import NotPermittedError, PlacementUnknownError, QuestionInvalidError
from gateway.identities import Identities
from gateway.people import People
from gateway.principals import Principal
from gateway.questions import Question
from scoring import Catalogue, Placement, Ranked

Reply = Callable[[bytes], None]
"""Receives the answer's JSON."""

NOBODY = -1
"""The slot of a person without a record."""

NOTHING = Ranked([], [], [], [])
"""Before anything is ranked."""


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
    outcome: Outcome = Outcome.FAULT_UNACCOUNTED
    """What came of it."""
    slate: Ranked = NOTHING
    """What to show."""
    index: int | None = None
    """Its entry."""
    answered: bool = False
    """Whether the answer has left."""


class QuestionReader:
    """Makes out what a question asks: about whom, for which place, within which bounds."""

    def __init__(
        self,
        *,
        identities: Identities,
        people: People,
        claims: Claims,
        catalogue: Catalogue,
        placements: dict[str, tuple[Placement, int]],
        max_slate: int,
    ) -> None:
        """Read for these; `placements` maps an id to the placement and the bit of its purpose."""
        self._identities = identities
        self._people = people
        self._claims = claims
        self._catalogue = catalogue
        self._placements = placements
        self._max_slate = max_slate

    def read(self, question: Question, principal: Principal, *, gpc: bool, reply: Reply) -> Asked:
        """Read a question.

        Raises:
            QuestionInvalidError: not exactly one subject, or a limit out of range.
            PlacementUnknownError: no such placement.
            NotPermittedError: a person-bound token asks about somebody else.
        """
        ref = self._identities.ref_of(known=question.subject.id, anonymous=question.subject.anonymous_id)
        found = self._placements.get(question.placement or "home")
        if ref is None:
            raise QuestionInvalidError
        if principal.subject is not None and principal.subject != ref:
            raise NotPermittedError
        if found is None:
            raise PlacementUnknownError
        placement, bit = found
        limit = placement.limit if question.limit is None else question.limit
        if not 0 < limit <= min(self._max_slate, placement.max_limit):
            raise QuestionInvalidError
        whose = self._identities.linked_or_own(ref)
        category = (question.context or {}).get("category")
        return Asked(
            reply=reply,
            slot=self._people.slot_of.get(whose, NOBODY),
            placement=placement,
            bit=bit,
            needs=(bit,) if whose == ref else (bit, *self._identities.link_bits),
            limit=limit,
            claims=self._claims.of_question(question.signals, gpc=gpc),
            exclude=self._indices(question.exclude),
            candidates=self._indices(question.candidates),
            category=category if type(category) is str else placement.category,
            context=question.context,
        )

    def _indices(self, ids: list[str] | None) -> NDArray[np.int32] | None:
        if ids is None:
            return None
        index_of = self._catalogue.index_of
        return np.array([index_of[i] for i in ids if i in index_of], dtype=np.int32)
