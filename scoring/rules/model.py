"""The words of rules: a rule, its action, a segment. Checked by whoever makes them; nothing here decides."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from scoring.features import PRESENCE, Feature, Measure, Sort, State
from scoring.rules.expression import Expression
from scoring.rules.segment_order import closure, in_reading_order, segments_read


class ActionKind(StrEnum):
    """What a rule does."""

    OFFER = "offer"
    """The person holds an offer, as long as its budget lasts."""
    NOTIFICATION = "notification"
    """The purpose's destinations are told to notify the person: within caps and quiet hours."""
    WEBHOOK = "webhook"
    """The purpose's destinations are told that it fired."""


class Firing(StrEnum):
    """When a condition that holds fires."""

    CROSSING = "crossing"
    """Only if it did not hold without the present event."""
    MATCH = "match"
    """At each event for which it holds."""


@dataclass(frozen=True, slots=True)
class Action:
    """What a rule does when it fires."""

    kind: ActionKind
    """What is done."""
    name: str
    """Of the offer or the template: the app's own."""
    budget: int | None = None
    """Of an offer: how many people may be given it, ever."""
    valid_seconds: int = 86_400
    """Of an offer: how long it holds."""


@dataclass(frozen=True, slots=True)
class Absence:
    """A rule that fires when nothing happens."""

    seconds: int
    """How long after the event that began it."""
    unless: frozenset[str]
    """The events that end it."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """What counts as success."""

    event: str
    """The name of the event that counts."""
    within_seconds: int
    """How long after the rule fired."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rule:
    """A rule, ready to be applied."""

    id: str
    """The id of the rule."""
    bit: int
    """Of its purpose."""
    on: frozenset[str]
    """The events that it looks at."""
    when: Expression
    """The condition under which it fires."""
    firing: Firing
    """When a condition that holds fires."""
    action: Action
    """What it does."""
    absence: Absence | None = None
    """Whether it waits for nothing to happen."""
    group: str | None = None
    """The segment whose members are looked at together, and who are all acted on."""
    include: tuple[str, ...] = ()
    """Fields of the present event that the record carries."""
    cooldown_seconds: int = 0
    """After it fired for a person, it rests so long for them."""
    max_per_person: int | None = None
    """How often it fires for a person at most."""
    conversion: Conversion | None = None
    """What counts as success."""
    holdout: float = 0.0
    """For what share of people it does not act, to compare with."""
    created: int = 0
    """The log index at which a rule of this name was first saved: what is counted is counted from there."""
    since: int = 0
    """The log index from which on it applies as it is."""

    @property
    def states(self) -> frozenset[State]:
        """What has to be kept for it."""
        more = self.absence.unless if self.absence else ()
        return states_of(self.when.features) | {State(Sort.TIMES, event) for event in more}

    @property
    def events(self) -> frozenset[str]:
        """Every event that it must be shown."""
        more = self.absence.unless if self.absence else frozenset()
        return self.on | more | ({self.conversion.event} if self.conversion else frozenset())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Segment:
    """A set of people: by a condition that is looked at with every signal, or by a list that was taken in."""

    id: str
    """The id of the segment."""
    bit: int
    """Of its purpose."""
    when: Expression | None
    """Who belongs to it; None if its members are taken in from outside."""
    created: int = 0
    """The log index at which a segment of this name was first saved: memberships are older in no case."""
    since: int = 0
    """The log index from which on it applies as it is."""

    @property
    def states(self) -> frozenset[State]:
        """What has to be kept for it."""
        return frozenset() if self.when is None else states_of(self.when.features)

    def reads_itself(self, others: Iterable[Segment]) -> bool:
        """Whether it would be read by a segment that it reads, directly or not."""
        known = {each.id: each for each in others} | {self.id: self}
        return any(each.id == self.id for name in segments_read(self) for each in closure(name, known))

    @property
    def drifts(self) -> bool:
        """Whether people come to belong to it, or cease to, by time alone."""
        if self.when is None:
            return False
        measures = {feature.measure for feature in self.when.features.values()}
        return self.when.reads_clock or measures != {Measure.TOTAL}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Declared:
    """A value of a person under a name of its own: what other parts may ask for."""

    id: str
    """The id of the definition."""
    bit: int
    """Of its purpose."""
    value: Expression
    """What it is: a number, a truth value or a text, by features alone."""

    @property
    def states(self) -> frozenset[State]:
        """What has to be kept for it."""
        return states_of(self.value.features)


def states_of(features: Mapping[str, Feature]) -> frozenset[State]:
    """What features read."""
    return frozenset(state for feature in features.values() for state in feature.states)


@dataclass(frozen=True, slots=True)
class Definitions:
    """Everything that is in force, found quickly."""

    rules: Mapping[str, Rule] = field(default_factory=dict)
    """The rules by their ids."""
    segments: Mapping[str, Segment] = field(default_factory=dict)
    """The segments by their ids."""
    declared: Mapping[str, Declared] = field(default_factory=dict)
    """The values that have a name."""
    at_event: Mapping[tuple[int, str], tuple[Rule, ...]] = field(default_factory=dict)
    """By purpose and event: the rules that look at it, wait for it or count it."""
    of_purpose: Mapping[int, tuple[Segment, ...]] = field(default_factory=dict)
    """The segments with a condition, each after those that it reads."""

    @classmethod
    def of(
        cls, rules: Iterable[Rule], segments: Iterable[Segment], declared: Iterable[Declared] = ()
    ) -> Definitions:
        """Put them in order."""
        at_event: dict[tuple[int, str], tuple[Rule, ...]] = {}
        named = {rule.id: rule for rule in sorted(rules, key=lambda each: each.id)}
        for rule in named.values():
            for event in rule.events:
                at_event[rule.bit, event] = (*at_event.get((rule.bit, event), ()), rule)
        of_purpose: dict[int, tuple[Segment, ...]] = {}
        given = {segment.id: segment for segment in segments}
        sets = {segment.id: segment for segment in in_reading_order(given)}
        for segment in sets.values():
            if segment.when is not None:
                of_purpose[segment.bit] = (*of_purpose.get(segment.bit, ()), segment)
        return cls(named, sets, {each.id: each for each in declared}, at_event, of_purpose)

    def states(self, bit: int) -> frozenset[State]:
        """What has to be kept for a purpose."""
        every: tuple[Rule | Segment | Declared, ...] = (
            *self.rules.values(),
            *self.segments.values(),
            *self.declared.values(),
        )
        read = frozenset(state for each in every if each.bit == bit for state in each.states)
        return read | {PRESENCE} if bit in self.bits else read

    def until(self, index: int, bits: Collection[int]) -> Definitions:
        """Those of these purposes that were as they are now when the log had `index` entries."""
        rules = [rule for rule in self.rules.values() if rule.bit in bits and rule.since <= index]
        return Definitions.of(
            rules, [s for s in self.segments.values() if s.bit in bits and s.created <= index], ()
        )

    @property
    def bits(self) -> frozenset[int]:
        """The purposes that something is in force for."""
        bits = {rule.bit for rule in self.rules.values()} | {each.bit for each in self.segments.values()}
        return frozenset(bits | {each.bit for each in self.declared.values()})
