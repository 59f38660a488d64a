"""Effects into the log: one entry each, with what it says sealed for its purpose, and exactly one outcome.

Effects that come in one turn of the event loop are appended together. They count from the moment they come about; what the log
cannot take, or what is permitted no more by then, is taken back and has not happened.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from audit import LogUnavailableError, Outcome, Sequencer
from gateway.clock import Clock
from gateway.enforcement import ENTROPY_BYTES, Enforcement
from gateway.evidence.entries import EntryWriter, commit
from gateway.evidence.outcomes import OUTCOME_OF, OutcomeLedger
from gateway.evidence.personal_entries import PersonalEntries
from gateway.evidence.sealed_records import pack_event
from gateway.memory.people import People
from privacy import day_of
from scoring import EXPECTED_SUPPRESSIONS, Effect, EffectKind, Suppression

_OUTCOMES = {
    EffectKind.FIRED: Outcome.FIRED,
    EffectKind.JOINED: Outcome.JOINED,
    EffectKind.LEFT: Outcome.LEFT,
}


class Recorder:
    """Records effects. Lives on the event loop."""

    def __init__(  # noqa: PLR0913  # what an entry is made of
        self,
        *,
        people: People,
        enforcement: Enforcement,
        writer: EntryWriter,
        sequencer: Sequencer,
        entries: PersonalEntries,
        clock: Clock,
        call_soon: Callable[[Callable[[], None]], object],
        on_durable: Callable[[int], None],
        on_suppressed: Callable[[str, str], None],
    ) -> None:
        """Record in `sequencer`.

        Args (those that do not explain themselves):
            on_durable: learns how many entries are durable.
            on_suppressed: learns of a rule that may not act after all, and of the reason.
        """
        self._on_suppressed = on_suppressed
        self._people = people
        self._enforcement = enforcement
        self._writer = writer
        self._sequencer = sequencer
        self._entries = entries
        self._clock = clock
        self._call_soon = call_soon
        self._on_durable = on_durable
        self._waiting: list[Effect] = []
        self.outcomes = OutcomeLedger()
        """What became of effects."""
        self.on_offered: Callable[[list[int]], None] = lambda _: None
        """Learns whose offers (slots) are durable now."""

    def record(self, effects: list[Effect]) -> None:
        """Let these be recorded in this turn of the loop or the next."""
        if effects and not self._waiting:
            self._call_soon(self.flush)
        self._waiting += effects

    def flush(self) -> None:
        """Append everything that waits."""
        effects, self._waiting = self._waiting, []
        with self.outcomes.admit(len(effects)) as fate:
            judged = [self._look_again(effect) for effect in effects]
            to_record = [
                effect
                for effect in judged
                if effect.reason not in EXPECTED_SUPPRESSIONS and self._people.ref_of[effect.slot] is not None
            ]
            taken = not to_record or self._append(to_record)
            for effect in judged:
                fate.settle(outcome_of(effect) if taken else Outcome.FAULT_LOG_UNAVAILABLE)

    async def settled(self) -> None:
        """Return once everything that came about so far is durable, or was taken back."""
        if self._waiting:
            self.flush()
        with suppress(LogUnavailableError):
            await self._sequencer.wait_durable()

    def _look_again(self, effect: Effect) -> Effect:
        """The effect; suppressed, if its person permits it no more."""
        now = self._clock.now()
        if effect.kind is EffectKind.SUPPRESSED or self._may(effect, now):
            return effect
        effect.undo()
        if effect.kind is EffectKind.FIRED:
            self._on_suppressed(effect.source, Suppression.NOT_PERMITTED.value)
        whose = "rule" if effect.kind is EffectKind.FIRED else "segment"
        return replace(
            effect,
            kind=EffectKind.SUPPRESSED,
            reason=Suppression.NOT_PERMITTED,
            fields={whose: effect.source, "reason": Suppression.NOT_PERMITTED.value},
            undo=lambda: None,
        )

    def _may(self, effect: Effect, now: int) -> bool:
        return bool(self._enforcement.permitted_bits(effect.slot, now) >> effect.bit & 1)

    def _append(self, effects: list[Effect]) -> bool:
        """Append an entry for each. Says whether the log took them; if not, they are taken back."""
        slots = [effect.slot for effect in effects]

        def settled(failure: BaseException | None) -> None:
            if failure is None:
                self._on_durable(self._sequencer.durable_size)
                self.on_offered([effect.slot for effect in effects if "valid_until" in effect.fields])
            else:
                _take_back(effects)

        try:
            with self._people.numbers_kept(slots):
                self._entries.append(*self._evidence(effects), slots, settled)
        except LogUnavailableError:
            _take_back(effects)
            return False
        return True

    def _evidence(self, effects: list[Effect]) -> tuple[list[bytes], list[bytes]]:
        """The entries and their sealed halves; the running numbers move on."""
        entries, sealed = [], []
        entropy = os.urandom(ENTROPY_BYTES * len(effects))
        days = [day_of(self._writer.rounded(effect.at)) for effect in effects]
        for day in set(days):
            self._enforcement.expect([e.slot for e, of in zip(effects, days, strict=True) if of == day], day)
        for place, effect in enumerate(effects):
            tag, r = self._people.evidence(effect.slot)
            nonce = entropy[ENTROPY_BYTES * place : ENTROPY_BYTES * (place + 1)]
            signal = (effect.kind.value, (), effect.at, dict(effect.fields))
            body = self._enforcement.seal_own(effect.slot, effect.bit, signal, tag, nonce, days[place])
            half = pack_event(0, () if body is None else (body,))
            kind = "segment" if "segment" in effect.fields else "rule"
            detail = {"source": f"{kind}/{effect.source}"}
            outcome = outcome_of(effect)
            entries.append(self._writer.rule(outcome, effect.bit, tag, commit(r, half), effect.at, detail))
            sealed.append(half)
        return entries, sealed


def _take_back(effects: list[Effect]) -> None:
    for effect in reversed(effects):
        effect.undo()


def outcome_of(effect: Effect) -> Outcome:
    """How an effect ended."""
    if effect.reason is not None:
        return OUTCOME_OF[f"suppressed.{effect.reason.value}"]
    return _OUTCOMES[effect.kind]
