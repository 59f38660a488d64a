"""What editors decided and is in force now: in the composer's and the catalogue's terms, from the very next question on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from gateway.editorial.decisions import Act, EditorialDecision
from scoring import BoostRule, Catalogue, Composer, EditorialRules

_NEVER = 1 << 62


class InForce:
    """Follows decisions and time. Lives on the event loop."""

    def __init__(self, composer: Composer, catalogue: Catalogue) -> None:
        """Tell the composer and the catalogue what is in force."""
        self._composer = composer
        self._catalogue = catalogue
        self._decisions: dict[str, EditorialDecision] = {}
        self._next_change = _NEVER

    def take_up(self, decisions: Iterable[EditorialDecision], now: int) -> None:
        """Follow these, instead of how they stood before."""
        self._decisions.update((each.decision_id, each) for each in decisions)
        self._apply(now)

    def turn(self, now: int) -> None:
        """It is now so late: what has expired holds no more. Costs a comparison while nothing has."""
        if now >= self._next_change:
            self._apply(now)

    def all(self) -> list[EditorialDecision]:
        """Every decision, the oldest first."""
        return sorted(self._decisions.values(), key=lambda each: (each.proposed_at, each.decision_id))

    def get(self, decision_id: str) -> EditorialDecision | None:
        """A decision, if there is one of this id."""
        return self._decisions.get(decision_id)

    def _apply(self, now: int) -> None:
        holding = [each for each in self.all() if each.holds(now)]
        self._next_change = min((each.expires_at for each in holding), default=_NEVER)
        by_placement: dict[str, list[EditorialDecision]] = defaultdict(list)
        for each in holding:
            if each.placement is not None:
                by_placement[each.placement].append(each)
        self._composer.editorial = {name: self._rules(some) for name, some in by_placement.items()}
        self._catalogue.block(
            index for each in holding if each.act is Act.BLOCK for index in self._indices(each)
        )

    def _rules(self, decisions: list[EditorialDecision]) -> EditorialRules:
        pins: dict[int, tuple[str, int]] = {}
        boosts: list[BoostRule] = []
        frozen: tuple[str, tuple[int, ...]] | None = None
        for each in decisions:
            indices = self._indices(each)
            match each.act:
                case Act.PIN:
                    pins[each.place] = (each.decision_id, indices[0])
                case Act.BOOST:
                    boosts.append(BoostRule(each.decision_id, indices[0], each.strength))
                case Act.FREEZE:
                    frozen = (each.decision_id, indices)
                case _:
                    pass
        return EditorialRules(pins, tuple(boosts), frozen)

    def _indices(self, decision: EditorialDecision) -> tuple[int, ...]:
        """Ids are checked when a decision is proposed, and an index is never taken back."""
        return tuple(self._catalogue.index_of[each] for each in decision.items)
