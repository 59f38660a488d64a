"""The offers that a person holds, for whoever asks for them with a slate: of rules whose purpose is permitted at this moment."""

from __future__ import annotations

from gateway.deciding.asked import Asked
from gateway.deciding.offers import NOTHING_OFFERED, HeldOffer, Offered
from gateway.enforcement import Enforcement
from gateway.memory.people import NOBODY
from gateway.rules.recorder import Recorder
from gateway.rules.rulebook import Rulebook
from scoring import ActionKind


class HeldOffers:
    """Looks offers up. Lives on the event loop."""

    def __init__(self, rulebook: Rulebook, recorder: Recorder, enforcement: Enforcement) -> None:
        """Look them up in `rulebook`; what `recorder` has not appended yet it appends first."""
        self._rulebook = rulebook
        self._recorder = recorder
        self._enforcement = enforcement
        self._names = {purpose.bit: purpose.id for purpose in enforcement.policy.purposes}

    def attach(self, asked: Asked, now: int) -> None:
        """Let a question have what its person holds, as far as the ledger and the question's own signals permit it.

        An offer that was given in this moment is in the log before the entry that is appended next.
        """
        asked.offers = NOTHING_OFFERED
        if asked.slot == NOBODY:
            return
        permitted = self._enforcement.permitted_bits(asked.slot, now)
        linked = asked.needs[1:]
        if not all(permitted >> bit & 1 for bit in linked):
            return
        self._recorder.flush()
        found = self._held(asked.slot, permitted & asked.claims, now)
        if found:
            held = tuple(sorted(found, key=lambda each: (each.offer, each.purpose)))
            bits = {self._enforcement.policy.bits[each.purpose] for each in held}
            asked.offers = Offered(held, (*sorted(bits), *linked))

    def _held(self, slot: int, permitted: int, now: int) -> list[HeldOffer]:
        engine = self._rulebook.engine
        found = []
        for bit in engine.definitions.bits:
            standing = engine.memory.look(bit, slot) if permitted >> bit & 1 else None
            for name, until in () if standing is None else standing.offers.items():
                if until > now and standing is not None:
                    given_by = self._given_by(bit, name)
                    fires = (fire.rule for fire in reversed(standing.fires) if fire.rule in given_by)
                    found.append(HeldOffer(name, self._names[bit], until, next(fires, None)))
        return found

    def _given_by(self, bit: int, offer: str) -> frozenset[str]:
        """The rules of a purpose that give this offer."""
        return frozenset(
            rule.id
            for rule in self._rulebook.engine.definitions.rules.values()
            if rule.bit == bit and rule.action.kind is ActionKind.OFFER and rule.action.name == offer
        )
