"""A dry run: a saved rule tried on what the log recorded, through consent as it stands now. Nothing is done or remembered.

The engine is a fresh one with this rule alone, driven by the records' own times: windows, absences, cooldowns, caps and budgets
are those of the real one. Members of segments are as they are now. What people withdrew since is silent, so a dry run never
shows more than may be used today.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from audit import Sequencer
from consent import Policy
from gateway.clock import Clock
from gateway.enforcement import Enforcement
from gateway.evidence.sealed_records import Form, read_event
from gateway.memory.owners import EntryOwners, tag_of, time_of
from gateway.memory.people import NOBODY, People
from gateway.rules.rulebook import is_of_a_rule
from privacy import day_of
from scoring import Effect, EffectKind, Engine, NotificationLimits, Rule, Segment

MAX_RECORDS = 500_000
"""The newest records that are looked through."""
_PAGE = 1_024
_AT_A_TIME = 16
"""Records that are looked at without giving the event loop back: about two milliseconds."""


@dataclass(slots=True)
class Rehearsed:
    """What would have happened."""

    records: int = 0
    """Records of the log that were looked through."""
    signals: int = 0
    """Signals of the rule's purpose among them that may be used now."""
    matches: int = 0
    """How often the condition would have been met."""
    fires: int = 0
    """How often the rule would have acted."""
    unreadable: int = 0
    """How often the condition could not be evaluated."""
    suppressed: Counter[str] = field(default_factory=Counter)
    """How often it would not have acted, by reason."""
    _people: set[int] = field(default_factory=set)

    @property
    def people(self) -> int:
        """For how many people it would have acted."""
        return len(self._people)

    def note(self, effects: list[Effect]) -> None:
        """Count these effects."""
        self._people.update(effect.slot for effect in effects if effect.kind is EffectKind.FIRED)


class Rehearsal:
    """Tries rules. Lives on the event loop; the log is read in a thread."""

    def __init__(  # noqa: PLR0913  # what a reading of the log needs
        self,
        *,
        sequencer: Sequencer,
        owners: EntryOwners,
        people: People,
        enforcement: Enforcement,
        policy: Policy,
        clock: Clock,
        limits: NotificationLimits,
        is_disputed: Callable[[int, Sequence[int], int], bool],
        share_of: Callable[[str, int], float],
    ) -> None:
        """Read what `sequencer` has made durable, without what people dispute."""
        self._is_disputed = is_disputed
        self._share_of = share_of
        self._sequencer = sequencer
        self._owners = owners
        self._people = people
        self._enforcement = enforcement
        self._clock = clock
        self._limits = limits
        self._granularity = {each.bit: each.time_granularity_seconds for each in policy.purposes}

    async def run(
        self, rule: Rule, segments: list[Segment], members: dict[str, list[int]], since: int
    ) -> Rehearsed:
        """Try a rule on the records since a time (unix seconds)."""
        engine = Engine(
            still_permitted=self._permitted,
            limits=self._limits,
            granularity=self._granularity,
            share_of=self._share_of,
        )
        engine.load([rule], segments, {})
        for segment in segments:
            for slot in members.get(segment.id, ()):
                engine.join(segment, slot, since)
        outcome = Rehearsed()
        end = self._sequencer.durable_size
        first = await asyncio.to_thread(self._first_since, since, end)
        while first < end:
            records = await asyncio.to_thread(self._sequencer.read, first, min(_PAGE, end - first))
            if not records:
                break
            for place, (index, entry, sealed) in enumerate(records):
                if place % _AT_A_TIME == 0:
                    await asyncio.sleep(0)
                outcome.records += 1
                await self._take(engine, rule.bit, self._owners.of(index), entry, sealed, outcome)
            first = records[-1][0] + 1
        await _let_time_pass(engine, self._clock.now(), outcome)
        numbers = engine.memory.statistics_of(rule.id)
        outcome.matches, outcome.fires, outcome.unreadable = (
            numbers.matches,
            numbers.fires,
            numbers.unreadable,
        )
        outcome.suppressed = numbers.suppressed
        return outcome

    async def _take(
        self, engine: Engine, bit: int, slot: int, entry: bytes, sealed: bytes, outcome: Rehearsed
    ) -> None:
        """Put one record to the engine, if it holds a signal of the purpose that may be used now."""
        if slot == NOBODY or not sealed or sealed[0] != Form.EVENT or is_of_a_rule(entry):
            return
        if not self._permitted(bit, slot):
            return
        for signal_bit, body in read_event(sealed).signals:
            if signal_bit != bit:
                continue
            opened = self._enforcement.open(slot, bit, body, tag_of(entry), day_of(time_of(entry)))
            if opened is None:
                continue
            learnt = self._enforcement.learn(bit, ((slot, opened),), whole=True)
            for seen in learnt.occurrences if learnt is not None else ():
                if self._is_disputed(slot, seen.items, seen.at):
                    continue
                now = max(seen.at, time_of(entry))
                await _let_time_pass(engine, now, outcome)
                if not self._permitted(bit, slot):
                    return
                outcome.signals += 1
                outcome.note(engine.take(bit, seen, now))

    def _permitted(self, bit: int, slot: int) -> bool:
        return bool(self._enforcement.permitted_bits(slot, self._clock.now()) >> bit & 1)

    def _first_since(self, since: int, end: int) -> int:
        """The first of the newest MAX_RECORDS records that was not written before a time."""
        low, high = max(0, end - MAX_RECORDS), end
        while low < high:
            middle = (low + high) // 2
            at = next((time_of(entry) for _, entry, _ in self._sequencer.read(middle, 1)), since)
            low, high = (middle + 1, high) if at < since else (low, middle)
        return low


async def _let_time_pass(engine: Engine, now: int, outcome: Rehearsed) -> None:
    """Each timer is looked at when it is due, as the clockwork of a running gateway does, and not when the next record comes."""
    ticks = 0
    while (due := engine.memory.next_due) is not None and due <= now:
        outcome.note(engine.tick(due))
        ticks += 1
        if ticks % _AT_A_TIME == 0:
            await asyncio.sleep(0)
