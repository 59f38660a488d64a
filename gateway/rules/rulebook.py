"""What is in force, and what it is fed with: signals as they come, and the log as it is read back.

- A definition that the policy does not cover any more stays kept and is not in force.
- While no definition is in force for a purpose, nothing of it is shown to rules, and nothing is remembered.
- A state that a definition reads is kept from the log index on at which it was first read: reading the log back leaves out what
  stands before, and so leads to the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from audit import Outcome, decode_entry
from consent import Policy
from gateway.clock import Clock
from gateway.enforcement import Enforcement
from gateway.errors import Mistake
from gateway.memory.consumers import Consumers
from gateway.rules.bodies import FeatureBody, RuleBody, SegmentBody
from gateway.rules.checking import (
    DefinitionInvalidError,
    beyond_what_is_counted,
    read_feature,
    read_rule,
    read_segment,
)
from gateway.rules.definitions import Definition, DefinitionKind, KeptState
from scoring import (
    Declared,
    Definitions,
    Effect,
    Engine,
    Feature,
    NotificationLimits,
    Rule,
    Segment,
    State,
)

if TYPE_CHECKING:
    from scoring.permitted import PermittedSignals

_RULE_MARK = b'"k":"rule"'


def is_of_a_rule(entry: bytes) -> bool:
    """Whether a canonical entry is about a rule or a segment."""
    return _RULE_MARK in entry


Body = RuleBody | SegmentBody | FeatureBody
"""A definition as it was sent."""
Compiled = Rule | Segment | Declared
"""A definition in force."""
_BODIES: Mapping[DefinitionKind, type[Body]] = {
    DefinitionKind.RULE: RuleBody,
    DefinitionKind.SEGMENT: SegmentBody,
    DefinitionKind.FEATURE: FeatureBody,
}


@dataclass(frozen=True, slots=True)
class Held:
    """A definition, and what became of it."""

    definition: Definition
    """As it is kept."""
    body: Body
    """The definition, read."""
    compiled: Compiled | None
    """In force as this; None if it is not."""
    findings: Sequence[Mistake] = ()
    """Why it is not."""


Key = tuple[DefinitionKind, str]
"""What tells definitions apart: kind and name."""


class Rulebook:
    """Lives on the event loop; no locks."""

    def __init__(  # noqa: PLR0913  # whom and what it asks
        self,
        *,
        policy: Policy,
        enforcement: Enforcement,
        consumers: Consumers,
        clock: Clock,
        limits: NotificationLimits,
        share_of: Callable[[str, int], float],
        devices_of: Callable[[int], Iterable[int]],
    ) -> None:
        """Have nothing in force yet."""
        self._policy = policy
        self._enforcement = enforcement
        self._consumers = consumers
        self._clock = clock
        self._index: int | None = 0
        self._own = False
        self._subscribed: set[int] = set()
        self._kept: dict[tuple[int, State], int] = {}
        self.held: dict[Key, Held] = {}
        """Every definition."""
        self.record: Callable[[list[Effect]], None] = lambda _: None
        """Takes effects that are to be recorded."""
        self.is_disputed: Callable[[int, Sequence[int], int], bool] = lambda _slot, _items, _at: False
        """Whether a person does not want what they did at a time (unix seconds), with these items, to be used."""
        self._restored_at = 0
        self.engine = Engine(
            still_permitted=self.permits,
            limits=limits,
            granularity={purpose.bit: purpose.time_granularity_seconds for purpose in policy.purposes},
            share_of=share_of,
            devices_of=devices_of,
        )
        """Applies what is in force."""
        for condition in policy.conditions:
            consumers.subscribe_to_endings(condition.bit, partial(self._condition_ended, condition.bit))

    def open(self, definitions: Iterable[Definition], kept: Iterable[KeptState]) -> None:
        """Put what is kept in force, before the log is read back."""
        bits = self._policy.bits
        self._kept = {(bits[k.purpose], State.of_key(k.key)): k.since for k in kept if k.purpose in bits}
        known = list(definitions)
        purposes = {
            each.name: SegmentBody.model_validate_json(each.body).purpose
            for each in known
            if each.kind is DefinitionKind.SEGMENT
        }
        self._apply({(each.kind, each.name): self._read(each, purposes) for each in known}, 0)

    def go_live(self, record: Callable[[list[Effect]], None]) -> None:
        """The log has been read back: from now on signals are new, and `record` takes what they lead to."""
        self._index = None
        self.record = record
        self.engine.go_live()

    def at(self, index: int, entry: bytes) -> None:
        """What is handed over next is read back from this entry; what it says of a rule is counted, whoever it was about."""
        self._index = index
        self._own = is_of_a_rule(entry)
        if self._own:
            read = decode_entry(entry)
            kind, _, name = str(read.detail.get("source", "")).partition("/")
            if kind == DefinitionKind.RULE:
                self.engine.count(index, name, None if read.outcome is Outcome.FIRED else read.outcome.reason)

    def pack(self) -> bytes:
        """What is remembered, for a snapshot."""
        return self.engine.pack(self._clock.now()) if self.engine.definitions.bits else b""

    def restore(self, packed: bytes, index: int, slot_now: Callable[[int, int], int]) -> None:
        """Take up a snapshot that was made when the log had `index` entries."""
        self._restored_at = self.engine.restore(packed, index, slot_now)

    def read(self, definition: Definition) -> Held:
        """Read a definition that is to be saved.

        Raises:
            DefinitionInvalidError: it may not be saved as it is.
        """
        purposes = {name: held.body.purpose for (kind, name), held in self.held.items() if kind == "segment"}
        held = self._read(definition, purposes)
        found = list(held.findings) if held.compiled is None else beyond_what_is_counted(held.compiled)
        others = (each.compiled for each in self.held.values())
        if isinstance(held.compiled, Segment) and held.compiled.reads_itself(
            other for other in others if isinstance(other, Segment)
        ):
            found = [*found, Mistake("when", "reads_itself")]
        if found:
            raise DefinitionInvalidError(found)
        return held

    def put(self, held: Held, index: int) -> None:
        """Put a definition in force; new states are kept from the log index `index` on."""
        definition = held.definition
        self._apply({**self.held, (definition.kind, definition.name): held}, index)

    def take_out(self, key: Key) -> None:
        """Take a definition out of force."""
        self._apply({each: held for each, held in self.held.items() if each != key}, 0)

    def drop_until(self, slot: int, at: int) -> None:
        """A person wants nothing to count any more that happened before, or disputes an item: what rests on their signals so
        far is forgotten, because windows do not tell items apart. A snapshot that is younger knows of it already.
        """
        if self._index is None or at >= self._restored_at:
            self.engine.forget_signals(slot)

    def replace(self, held: Mapping[Key, Held], kept: Mapping[tuple[int, State], int]) -> None:
        """Put everything back as it was: what was to be saved could not be."""
        self._kept = dict(kept)
        self._apply(dict(held), 0)

    def kept(self) -> dict[tuple[int, State], int]:
        """The states that are kept, and since when."""
        return dict(self._kept)

    def kept_states(self) -> list[KeptState]:
        """The same, to be stored."""
        names = {purpose.bit: purpose.id for purpose in self._policy.purposes}
        return sorted(KeptState(names[bit], state.key, since) for (bit, state), since in self._kept.items())

    def shows(self, purpose: str) -> bool:
        """Whether signals of a purpose are shown to rules already."""
        return self._policy.bits.get(purpose) in self.engine.definitions.bits

    def readers_of(self, segment: str) -> list[str]:
        """The rules and segments that read a segment."""
        return sorted(
            name
            for (_, name), held in self.held.items()
            if held.compiled is not None
            and (
                any(f.event == segment and not f.states for f in _features(held.compiled))
                or (isinstance(held.compiled, Rule) and held.compiled.group == segment)
            )
        )

    def _read(self, definition: Definition, purposes: Mapping[str, str]) -> Held:
        name, created = definition.name, definition.created
        body = _BODIES[definition.kind].model_validate_json(definition.body)
        try:
            compiled: Compiled
            match body:
                case RuleBody():
                    compiled = read_rule(name, body, self._policy, purposes, created, definition.since)
                case SegmentBody():
                    compiled = read_segment(name, body, self._policy, purposes, created, definition.since)
                case FeatureBody():
                    compiled = read_feature(name, body, self._policy, purposes)
        except DefinitionInvalidError as exc:
            return Held(definition, body, None, exc.findings)
        return Held(definition, body, compiled)

    def _apply(self, held: dict[Key, Held], index: int) -> None:
        in_force = [each for each in held.values() if each.compiled is not None and _is_enabled(each)]
        rules = [each.compiled for each in in_force if isinstance(each.compiled, Rule)]
        segments = [each.compiled for each in in_force if isinstance(each.compiled, Segment)]
        declared = [each.compiled for each in in_force if isinstance(each.compiled, Declared)]
        wanted = Definitions.of(rules, segments, declared)
        states = [(bit, state) for bit in wanted.bits for state in wanted.states(bit)]
        self._kept = {each: self._kept.get(each, index) for each in states}
        self.held = held
        counted = {
            name: h.definition.created for (kind, name), h in held.items() if kind is DefinitionKind.RULE
        }
        self.engine.load(rules, segments, self._kept, declared, counted)
        for bit in wanted.bits - self._subscribed:
            self._subscribed.add(bit)
            self._consumers.subscribe(bit, partial(self._take, bit), partial(self.engine.forget, bit))
            self._consumers.keep_no_longer(bit, partial(self._age, bit))
        self._enforcement.show_whole("rules", sum(1 << bit for bit in wanted.bits))

    def _age(self, bit: int, before: int) -> Iterator[bool]:
        """Drop what was learnt before a time (unix seconds), and look at the segments of whoever that concerns."""
        for slot, aged in self.engine.age(bit, before):
            if aged:
                self.record(self.engine.refresh(bit, slot, self._clock.now()))
            yield aged

    def _take(self, bit: int, signals: PermittedSignals) -> None:
        effects: list[Effect] = []
        now = self._clock.now() if self._index is None and signals.occurrences else 0
        for seen in signals.occurrences:
            is_record = self._index is not None and self._own
            if not is_record and self.is_disputed(seen.slot, seen.items, seen.at):
                continue
            if self._index is None:
                effects += self.engine.take(bit, seen, now)
            else:
                self.engine.relive(bit, seen, self._index, own=self._own)
        if effects:
            self.record(effects)

    def _condition_ended(self, condition: int, slot: int) -> None:
        """What rules remember of a person may rest on fields that a condition added; what comes from now on has none."""
        for purpose in self._policy.purposes:
            if purpose.condition_mask >> condition & 1:
                self.engine.forget(purpose.bit, slot)

    def permits(self, bit: int, slot: int) -> bool:
        """Whether a person permits a purpose at this moment."""
        return bool(self._enforcement.permitted_bits(slot, self._clock.now()) >> bit & 1)


def _is_enabled(held: Held) -> bool:
    return not isinstance(held.body, RuleBody) or held.body.enabled


def _features(compiled: Compiled) -> list[Feature]:
    expression = compiled.value if isinstance(compiled, Declared) else compiled.when
    return [] if expression is None else list(expression.features.values())
