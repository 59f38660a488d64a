"""Is a group of people treated like everybody else? What sets a group apart is known for that question, and for no other.

- A group is a segment whose purpose is of its own: no placement stands on it, nothing is trained or tried under it, nobody is
  notified for it and no destination receives it. Rules and slates of other purposes cannot read it; so nobody is treated by
  what it says.
- Counted are people who permit that purpose, within a segment and outside of it; and of what went well what they let be used
  for its own purpose. Whoever withdraws either is in no number any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from time import perf_counter
from typing import Any

import msgspec

from consent import Policy
from gateway.errors import Mistake, NotFoundError
from gateway.learning.learner import OutcomeLearner
from gateway.memory.people import People
from gateway.rules.checking import NOTIFICATIONS, DefinitionInvalidError
from gateway.rules.definitions import DefinitionKind
from gateway.rules.roll_call import LOOP_SECONDS, RollCall
from gateway.rules.rulebook import Rulebook
from scoring import History, Segment


class FairTreatment:
    """Compares groups with everybody else. Lives on the event loop."""

    def __init__(  # noqa: PLR0913  # whom it asks
        self,
        *,
        rulebook: Rulebook,
        roll_call: RollCall,
        policy: Policy,
        used: Collection[str],
        people: People,
        history: History,
        learner: OutcomeLearner | None,
    ) -> None:
        """Compare people of `people`; for the purposes `used` they are shown things, parted for experiments, or learnt from."""
        self._rulebook = rulebook
        self._roll_call = roll_call
        self._policy = policy
        self._used = frozenset(used) | {NOTIFICATIONS}
        self._people = people
        self._history = history
        self._learner = learner

    async def of(self, name: str) -> dict[str, Any]:
        """How members of a segment fare (`scoring.rules.treatment`): `personal` (something is known by which they could be shown
        something of their own), and `answered` (of those who were shown something by chance, who answered any of it).

        Raises:
            NotFoundError: there is no such segment in force.
            DefinitionInvalidError: its purpose is not one of its own.
        """
        bit = self._segment(name).bit
        await self._roll_call.hold(frozenset({bit}))
        personal, answered = await self._look(bit)
        self._segment(name)
        compare = self._rulebook.engine.memory.treatment
        told = {"personal": compare(name, personal), "answered": compare(name, answered)}
        return {what: msgspec.to_builtins(each) for what, each in told.items()}

    async def _look(self, bit: int) -> tuple[dict[int, bool], dict[int, bool]]:
        """What went well, for everybody (slot) who permits a purpose, with everybody else's turns in between."""
        whose, personal, answered = {}, {}, {}
        began = perf_counter()
        for slot in list(self._people.slots()):
            if perf_counter() - began > LOOP_SECONDS:
                await asyncio.sleep(0)
                began = perf_counter()
            if self._rulebook.permits(bit, slot):
                whose[slot] = self._people.subject_id[slot]
                personal[slot] = self._history.has_used(slot)
                answered[slot] = None if self._learner is None else self._learner.has_answered(slot)
        still = {
            slot
            for slot, subject_id in whose.items()
            if self._people.subject_id[slot] == subject_id and self._rulebook.permits(bit, slot)
        }
        return (
            {slot: personal[slot] for slot in still},
            {slot: found for slot in still if (found := answered[slot]) is not None},
        )

    def _segment(self, name: str) -> Segment:
        held = self._rulebook.held.get((DefinitionKind.SEGMENT, name))
        if held is None or not isinstance(held.compiled, Segment):
            raise NotFoundError
        purpose = self._policy.purpose(held.body.purpose)
        if purpose is None or purpose.id in self._used or purpose.destinations:
            raise DefinitionInvalidError([Mistake("purpose", "not_of_its_own")])
        return held.compiled
