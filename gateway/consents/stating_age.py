"""What is said of a person's age: judged by `consent`, written by the desk, and carried over to whom they are linked to."""

from __future__ import annotations

from consent import (
    MINORITY,
    ActorKind,
    AgeBand,
    ConsentChange,
    ConsentLedger,
    Policy,
    WriteRefusal,
    minor_since,
    outgrown,
    state_age,
)
from gateway.clock import Clock
from gateway.consents.desk import ConsentDesk
from gateway.consents.sequencing import Written
from gateway.gathering import Gathering
from gateway.identities import Identities
from gateway.parts import Memory, Opened
from privacy import SubjectRef


def open_ages(opened: Opened, memory: Memory, desk: ConsentDesk) -> StatingAge:
    """Take up ages in a gateway."""
    return StatingAge(
        desk=desk,
        ledger=opened.ledger,
        gathering=opened.gathering,
        identities=memory.identities,
        policy=memory.policy,
        clock=memory.clock,
    )


class StatingAge:
    """Takes up what is said of people's ages."""

    def __init__(
        self,
        *,
        desk: ConsentDesk,
        ledger: ConsentLedger,
        gathering: Gathering,
        identities: Identities,
        policy: Policy,
        clock: Clock,
    ) -> None:
        """Read `ledger` through `gathering`; write by `desk`."""
        self._desk = desk
        self._ledger = ledger
        self._run = gathering.run
        self._identities = identities
        self._policy = policy
        self._clock = clock

    async def state(
        self, ref: SubjectRef, band: AgeBand, actor: ActorKind, source: str, *, by_administrator: bool = False
    ) -> Written | WriteRefusal | None:
        """Take up what is said of a person's age (`consent.state_age`); None if nothing changes. Raises as `desk.write`."""
        history = await self._run(self._ledger.history_of, ref)
        last = next((event for event in reversed(history) if event.purpose == MINORITY), None)
        now = self._clock.now()
        change = state_age(band, actor, last, self._policy, now, by_administrator=by_administrator)
        if isinstance(change, WriteRefusal):
            self._desk.refused[change] += 1
        if not isinstance(change, ConsentChange):
            return change
        if band is AgeBand.ADULT:
            records = await self._run(self._ledger.records_of, ref) or {}
            after = 0 if actor is ActorKind.PERSON else minor_since(history)
            for ended in outgrown(records, actor, self._policy, now, after=after):
                await self._desk.stand(ref, ended, source)
        written = await self._desk.stand(ref, change, source)
        known = self._identities.linked_or_own(ref)
        if known != ref:
            await self._desk.link(ref, known)
        return written
