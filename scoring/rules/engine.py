"""Rules at work: a permitted signal comes or a time passes, and out come effects.

    signal -> values without it -> take it in -> values with it -> which rules match -> may they act -> effects
    timer  -> is it still permitted -> may it act -> effect

- What counts is event time: a signal that comes late is looked at as of the newest one, so the order of arrival does not matter.
- An absence is measured from the event that began it; any of its `unless` events ends it.
- Reliving the log (`relive`) takes in the same signals and the records of effects, and acts on nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from scoring.features import PRESENCE, State
from scoring.rules.absences import Absences
from scoring.rules.acting import Acting
from scoring.rules.conditions import Conditions, Present
from scoring.rules.effects import RECORD_NAMES, Effect, EffectKind
from scoring.rules.leaving import Leaving
from scoring.rules.limits import OVERDUE_SECONDS, NotificationLimits, Suppression
from scoring.rules.memory import RuleMemory
from scoring.rules.model import Declared, Definitions, Firing, Rule, Segment
from scoring.rules.moving import Moving
from scoring.rules.moving_again import MovingAgain
from scoring.rules.standing import HELD_OUT, Fire

if TYPE_CHECKING:
    from scoring.permitted import PermittedOccurrence

_ZONE_FIELD = "timezone"


class Engine:
    """Applies what is in force. Lives on the event loop; no locks."""

    def __init__(
        self,
        *,
        still_permitted: Callable[[int, int], bool],
        limits: NotificationLimits,
        granularity: Mapping[int, int],
        share_of: Callable[[str, int], float] = lambda _rule, _slot: 1.0,
        devices_of: Callable[[int], Iterable[int]] = lambda _slot: (),
    ) -> None:
        """Apply nothing yet.

        Args:
            still_permitted: whether a purpose (bit) is permitted by a person (slot) at this moment.
            limits: for notifications.
            granularity: how finely each purpose knows times (seconds): a timer of it waits so much longer.
            share_of: where a person (slot) falls for a rule (name), from 0 to 1: below its holdout it does not act.
            devices_of: the slots of a person's devices, which were people of their own before they were linked.
        """
        self.memory = RuleMemory()
        """What is remembered."""
        self.definitions = Definitions()
        """What is in force."""
        self._since: Mapping[tuple[int, State], int] = {}
        self._counted: dict[str, int] = {}
        self._granularity = granularity
        self._permitted = still_permitted
        self._conditions = Conditions(self.memory, limits.zone)
        self._moving = Moving(self.memory, self._conditions)
        self._moving_again = MovingAgain(self._moving)
        self._leaving = Leaving(self.memory, self._moving, self._conditions)
        self._absences = Absences(self.memory, granularity)
        self._acting = Acting(self.memory, limits, still_permitted, share_of, devices_of)

    def load(
        self,
        rules: Iterable[Rule],
        segments: Iterable[Segment],
        since: Mapping[tuple[int, State], int],
        declared: Iterable[Declared] = (),
        counted: Mapping[str, int] | None = None,
    ) -> None:
        """Put definitions in force, instead of those before.

        Args:
            rules: every rule.
            segments: every segment.
            since: for each purpose and state the log index from which on it is kept.
            declared: every value that has a name.
            counted: for each rule that there is, in force or not, the log index from which on it is counted; by default those
                in force.
        """
        before, self.definitions = self.definitions, Definitions.of(rules, segments, declared)
        self.memory.watch.clear()
        self._conditions.begin()
        self._leaving.begin(self.definitions)
        self._since = dict(since)
        named = self.definitions.rules
        self._counted = (
            {name: rule.created for name, rule in named.items()} if counted is None else dict(counted)
        )
        self.memory.cut(before, self.definitions, self._counted)
        for bit in before.bits | self.definitions.bits:
            self.memory.traces.declare(bit, self.definitions.states(bit))

    def take(self, bit: int, seen: PermittedOccurrence, now: int) -> list[Effect]:
        """A signal came. The effects count already; each is to be recorded, or undone.

        Args:
            bit: its purpose.
            seen: the signal.
            now: unix seconds.
        """
        rules = self.definitions.at_event.get((bit, seen.event), ())
        looking = [rule for rule in rules if seen.event in rule.on]
        at = max(seen.at, self.memory.traces.of(bit, seen.slot).latest)
        present = Present(bit, seen.slot, at, seen.fields, seen.items[0] if seen.items else -1)
        effects = self._leaving.of_rules(looking, seen.slot, now)
        crossing = [rule for rule in looking if rule.firing is Firing.CROSSING]
        held_before = {rule.id for rule in crossing if self._conditions.holds(rule, present) is True}
        if not self._write(bit, seen):
            return effects
        self._convert(rules, bit, seen)
        effects += self._moving.look(self._segments(bit), Present(bit, seen.slot, at, {}, -1), now)
        effects += self._leaving.of_rules(looking, seen.slot, now)
        self._absences.end(rules, bit, seen)
        for rule in looking:
            held = self._conditions.holds(rule, present)
            numbers = self.memory.statistics_of(rule.id)
            if held is None:
                numbers.unreadable += 1
            elif held and rule.id not in held_before:
                numbers.matches += 1
                if rule.absence is not None:
                    self._absences.begin(rule, bit, seen)
                else:
                    effects += self._acting.act(rule, seen.slot, now, seen.fields)
        return effects

    def tick(self, now: int) -> list[Effect]:
        """Time passed: timers whose time has come fire, or are suppressed."""
        effects = []
        for due, slot, rule_id in self.memory.pop_due(now):
            rule = self.definitions.rules.get(rule_id)
            if rule is None:
                continue
            overdue = Suppression.OVERDUE if now - due > OVERDUE_SECONDS else None
            effects += self._leaving.of(rule.group, now)
            effects += self._acting.act(rule, slot, now, {}, timed=True, because=overdue)
        return effects

    def relive(self, bit: int, seen: PermittedOccurrence, index: int, *, own: bool) -> None:
        """A signal or a record of an effect is read back from the log; `index` is its place, `own` marks a record."""
        if index < self._since.get((bit, PRESENCE), 0):
            return
        if own and seen.event in RECORD_NAMES:
            self._take_back(EffectKind(seen.event), bit, seen, index)
            return
        rules = self.definitions.at_event.get((bit, seen.event), ())
        waiting = [r for r in rules if r.absence is not None and index >= r.since]
        looking = [rule for rule in waiting if seen.event in rule.on]
        at = max(seen.at, self.memory.traces.of(bit, seen.slot).latest)
        present = Present(bit, seen.slot, at, seen.fields, seen.items[0] if seen.items else -1)
        crossing = [rule for rule in looking if rule.firing is Firing.CROSSING]
        held_before = {rule.id for rule in crossing if self._conditions.holds(rule, present) is True}
        if not self._write(bit, seen, index):
            return
        self._convert([rule for rule in rules if index >= rule.since], bit, seen, counts=False)
        then = [segment for segment in self._segments(bit) if index >= segment.since]
        self._moving_again.look(then, Present(bit, seen.slot, at, {}, -1), seen.at)
        self._absences.end(waiting, bit, seen)
        for rule in looking:
            if rule.id not in held_before and self._conditions.holds(rule, present) is True:
                self._absences.begin(rule, bit, seen)

    def values(self, bit: int, slot: int, now: int) -> dict[str, object]:
        """A person's declared values of a purpose now, by name; without those that cannot be evaluated."""
        present = self._now_of(bit, slot, now)
        found = {
            name: self._conditions.value(each.value, present)
            for name, each in self.definitions.declared.items()
            if each.bit == bit
        }
        return {name: value for name, value in found.items() if value is not None}

    def refresh(self, bit: int, slot: int, now: int) -> list[Effect]:
        """Bring a person's segments up to date with a time at which nothing came."""
        return self._moving.look(self._segments(bit), self._now_of(bit, slot, now), now)

    def forget(self, bit: int, slot: int) -> None:
        """Drop everything of a person for a purpose."""
        self.memory.forget(bit, slot)
        self._moving_again.forget(bit, slot)

    def age(self, bit: int, before: int) -> Iterator[tuple[int, bool]]:
        """Drop what was learnt under a purpose before a time (unix seconds); yields after each person whether there was any."""
        for slot in self.memory.slots(bit):
            yield slot, self.memory.age(bit, slot, before)

    def forget_signals(self, slot: int) -> None:
        """Drop what a person did, for every purpose; what rules did for them stays."""
        for bit in self.definitions.bits:
            self.memory.traces.forget(bit, slot)
            standing = self.memory.look(bit, slot)
            if standing is not None:
                standing.timers.clear()

    def join(self, segment: Segment, slot: int, now: int) -> list[Effect]:
        """Somebody is taken into a segment from outside, if they permit its purpose and are not in it."""
        standing = self.memory.look(segment.bit, slot)
        if standing is not None and segment.id in standing.segments:
            return []
        return (
            [self._moving.move(segment, slot, now, joins=True)] if self._permitted(segment.bit, slot) else []
        )

    def pack(self, now: int) -> bytes:
        """What is remembered now (unix seconds), as bytes."""
        return self.memory.pack(now)

    def restore(self, packed: bytes, index: int, slot_now: Callable[[int, int], int]) -> int:
        """Take up what `pack` gave when the log had `index` entries; see `RuleMemory.restore`. Returns when that was."""
        bits = {bit for bit in self.definitions.bits if self._since.get((bit, PRESENCE), 0) <= index}
        later = {(bit, state.key) for (bit, state), since in self._since.items() if since > index}
        counted = {name for name, created in self._counted.items() if created <= index}
        return self.memory.restore(
            packed, slot_now, self.definitions.until(index, bits), bits, later, counted
        )

    def count_suppressed(self, rule_id: str, reason: str) -> None:
        """A rule that fired may not act after all."""
        if rule_id in self._counted:
            self.memory.statistics_of(rule_id).suppressed[reason] += 1

    def count(self, index: int, rule_id: str, reason: str | None) -> None:
        """An entry that is read back says that a rule fired, or why it was suppressed: whoever it was about."""
        if index < self._counted.get(rule_id, index + 1):
            return
        numbers = self.memory.statistics_of(rule_id)
        if reason is None:
            numbers.fires += 1
        else:
            numbers.suppressed[reason] += 1

    def go_live(self) -> None:
        """The log has been read back."""
        self._moving_again.settle()

    def _now_of(self, bit: int, slot: int, now: int) -> Present:
        return self._moving.present(bit, slot, now)

    def _write(self, bit: int, seen: PermittedOccurrence, index: int | None = None) -> bool:
        def kept_then(state: State) -> bool:
            return index is None or index >= self._since.get((bit, state), 0)

        since = None if index is None else kept_then
        traces = self.memory.traces
        in_time = traces.write(bit, seen, since)
        zone = seen.fields.get(_ZONE_FIELD)
        if in_time and isinstance(zone, str):
            self.memory.standing(bit, seen.slot).zone = zone
        return in_time

    def _convert(
        self, rules: Iterable[Rule], bit: int, seen: PermittedOccurrence, *, counts: bool = True
    ) -> None:
        standing = self.memory.look(bit, seen.slot)
        for rule in rules if standing is not None else ():
            success = rule.conversion
            if success is None or success.event != seen.event or standing is None:
                continue
            for fire in standing.fires:
                after = seen.at + self._granularity[bit] - 1 - fire.at
                if fire.rule == rule.id and not fire.converted and 0 <= after <= success.within_seconds:
                    fire.converted = True
                    self.memory.statistics_of(rule.id).conversions += counts and fire.action != HELD_OUT

    def _segments(self, bit: int) -> tuple[Segment, ...]:
        return self.definitions.of_purpose.get(bit, ())

    def _take_back(self, kind: EffectKind, bit: int, seen: PermittedOccurrence, index: int) -> None:
        """Remember an effect as its record says."""
        said: Mapping[str, Any] = seen.fields
        if kind in (EffectKind.JOINED, EffectKind.LEFT):
            segment = self.definitions.segments.get(said.get("segment", ""))
            self._moving_again.confirm(bit, seen.slot, said.get("segment", ""))
            if segment is not None and segment.bit == bit and index >= segment.created:
                self._moving.set_member(segment, seen.slot, seen.at if kind is EffectKind.JOINED else None)
            return
        rule = said.get("rule", "")
        standing = self.memory.standing(bit, seen.slot)
        if said.get("timed"):
            standing.timers.pop(rule, None)
        if kind is EffectKind.FIRED:
            standing.note(Fire(rule, said["action"], seen.at))
            if "valid_until" in said:
                standing.offers[said["name"]] = said["valid_until"]
        elif said.get("reason") == Suppression.HOLDOUT:
            standing.note(Fire(rule, HELD_OUT, seen.at))
