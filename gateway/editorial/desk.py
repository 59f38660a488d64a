"""The editors' desk: a change is stored, then in force, then in the log; two people are needed for each.

An editor is a source: whoever holds one credential is one pair of eyes, however often they come. Nothing here concerns a
data subject.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

from audit import Kind, Outcome, Sequencer
from gateway.clock import Clock
from gateway.editorial.decisions import EditorialAct, EditorialDecision, approve, end
from gateway.editorial.in_force import DecisionsInForce
from gateway.editorial.ports import EditorialStore
from gateway.errors import FourEyesError, NotFoundError, QuestionInvalidError
from gateway.evidence.entries import EntryWriter
from scoring import Catalogue, Placement

MAX_DECISIONS = 1000
"""Decisions that wait or hold at a time."""

_ID_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """What an editor proposes."""

    act: EditorialAct
    """What is to be done."""
    placement: str | None
    """In which placement; None for all of them."""
    items: tuple[str, ...]
    """The items it is about."""
    place: int
    """Of a pin."""
    strength: float
    """Of a boost."""
    seconds: int
    """For how long."""


class EditorialDesk:
    """Takes proposals, approvals and ends. Lives on the event loop."""

    def __init__(  # noqa: PLR0913  # what an editors' change touches
        self,
        *,
        in_force: DecisionsInForce,
        store: EditorialStore,
        catalogue: Catalogue,
        placements: Callable[[str], Placement | None],
        writer: EntryWriter,
        sequencer: Sequencer,
        clock: Clock,
        worker: Executor,
    ) -> None:
        """Keep decisions in `store`, called on `worker`."""
        self.in_force = in_force
        """Every decision, and what holds."""
        self._store = store
        self._catalogue = catalogue
        self._placement = placements
        self._writer = writer
        self._sequencer = sequencer
        self._clock = clock
        self._worker = worker
        self._lock = asyncio.Lock()

    async def propose(self, wanted: Proposed, by: str) -> EditorialDecision:
        """File a proposal; it waits for somebody else.

        Raises:
            QuestionInvalidError: an item or a placement is not known, a member is missing or has no meaning here, or too many
                decisions wait or hold.
            LogUnavailableError: it is filed, but not logged.
        """
        now = self._clock.now()
        alive = sum(each.status(now) not in ("ended", "expired") for each in self.in_force.all())
        if alive >= MAX_DECISIONS:
            raise QuestionInvalidError(pointer="#/*", code="too_many")
        self._insist_on_sense(wanted)
        decision = EditorialDecision(
            decision_id=os.urandom(_ID_BYTES).hex(),
            act=wanted.act,
            placement=wanted.placement,
            items=wanted.items,
            place=wanted.place,
            strength=wanted.strength,
            expires_at=now + wanted.seconds,
            proposed_by=by,
            proposed_at=now,
        )
        async with self._lock:
            await self._settle(decision, "editorial_proposed", by)
        return decision

    async def approve(self, decision_id: str, by: str) -> EditorialDecision:
        """Put a proposal in force, from the very next question on.

        Raises:
            NotFoundError: there is none.
            FourEyesError: it does not wait for this editor.
            LogUnavailableError: it is in force, but not logged.
        """
        return await self._change(decision_id, approve, "editorial_approved", by)

    async def end(self, decision_id: str, by: str) -> EditorialDecision:
        """Take a proposal back, or take a step towards the end of what is in force. Raises as `approve`."""
        return await self._change(decision_id, end, "editorial_ended", by)

    async def _change(
        self,
        decision_id: str,
        change: Callable[[EditorialDecision, str, int], EditorialDecision | None],
        act: str,
        by: str,
    ) -> EditorialDecision:
        async with self._lock:
            found = self.in_force.get(decision_id)
            if found is None:
                raise NotFoundError
            changed = change(found, by, self._clock.now())
            if changed is None:
                raise FourEyesError
            is_wish = changed.end_wanted_by is not None and changed.ended_by is None
            await self._settle(changed, "editorial_end_proposed" if is_wish else act, by)
            return changed

    async def _settle(self, decision: EditorialDecision, act: str, by: str) -> None:
        await asyncio.get_running_loop().run_in_executor(self._worker, self._store.put, decision)
        now = self._clock.now()
        self.in_force.take_up([decision], now)
        detail: dict[str, str | int] = {
            "act": act,
            "decision": decision.decision_id,
            "what": decision.act.value,
            "by": by,
        }
        self._sequencer.append(self._writer.plain(Kind.ADMIN, Outcome.DONE, now, detail))
        await self._sequencer.wait_durable()

    def _insist_on_sense(self, wanted: Proposed) -> None:
        if any(each not in self._catalogue.index_of for each in wanted.items):
            raise QuestionInvalidError(pointer="#/items", code="unknown")
        if (wanted.placement is None) != (wanted.act is EditorialAct.BLOCK):
            code = "missing" if wanted.placement is None else "holds_everywhere"
            raise QuestionInvalidError(pointer="#/placement", code=code)
        if wanted.placement is not None and self._placement(wanted.placement) is None:
            raise QuestionInvalidError(pointer="#/placement", code="unknown")
        if len(wanted.items) > 1 and wanted.act in (EditorialAct.PIN, EditorialAct.BOOST):
            raise QuestionInvalidError(pointer="#/items", code="only_one")
