"""Is a rule within its purpose? Everything that it reads is found when it is saved, and held against the policy.

- Every event that it looks at, waits for or counts is one of its purpose's; so is every field, of every such event.
- Fields of lists and of objects within objects cannot be read.
- Its expression is tried on sample values of the fields' types: what compares a text with a number is found now.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NoReturn

from consent import Policy, Purpose
from gateway.errors import GatewayError, Mistake
from gateway.rules.bodies import FeatureBody, RuleBody, SegmentBody
from gateway.rules.sampling import tried_on_samples
from privacy import FieldRule
from scoring import (
    FEATURES_OF_GROUPS,
    FEATURES_OF_ITEMS,
    FEATURES_WINDOWED,
    RECORD_FIELDS,
    Absence,
    Action,
    ActionKind,
    Conversion,
    Declared,
    Expression,
    ExpressionError,
    Feature,
    Firing,
    Measure,
    Rule,
    Segment,
    compile_expression,
)

NOTIFICATIONS = "notifications"
"""The purpose of rules that notify people."""


class DefinitionInvalidError(GatewayError):
    """A rule or a segment cannot be saved as it is."""

    def __init__(self, findings: list[Mistake]) -> None:
        """List what is wrong: where, and a word of a closed list."""
        super().__init__("the definition cannot be saved")
        self.findings = findings
        """Everything that is wrong."""


def read_rule(
    name: str, body: RuleBody, policy: Policy, segments: Mapping[str, str], created: int, since: int
) -> Rule:
    """A rule, compiled and within its purpose.

    Args:
        name: of the rule.
        body: as it was sent.
        policy: in force.
        segments: the purposes of the segments there are, by name.
        created: the log index at which it was first saved.
        since: the log index at which it was saved as it is.

    Raises:
        DefinitionInvalidError: with everything that is wrong.
    """
    check = _Check(policy, body.purpose, segments)
    when = check.compiled(body.when)
    check.events("on", body.on)
    if body.absence is not None:
        check.events("absence/unless", body.absence.unless)
    if body.conversion is not None:
        check.events("conversion/event", [body.conversion.event])
    check.fields("include", body.include, body.on)
    if when is not None:
        check.reads(when, body.on)
        if body.group is not None:
            check.group(when, body)
    check.action(body)
    if when is None or check.findings:
        raise DefinitionInvalidError(check.findings)
    return Rule(
        id=name,
        bit=check.bit,
        on=frozenset(body.on),
        when=when,
        firing=_firing(body, when),
        action=Action(
            ActionKind(body.action.kind), body.action.name, body.action.budget, body.action.valid_seconds
        ),
        absence=None
        if body.absence is None
        else Absence(body.absence.seconds, frozenset(body.absence.unless)),
        group=body.group,
        include=body.include,
        cooldown_seconds=body.cooldown_seconds,
        max_per_person=body.max_per_person,
        conversion=None
        if body.conversion is None
        else Conversion(body.conversion.event, body.conversion.within_seconds),
        holdout=body.holdout,
        created=created,
        since=since,
    )


def read_segment(
    name: str, body: SegmentBody, policy: Policy, segments: Mapping[str, str], created: int, since: int
) -> Segment:
    """A segment, likewise.

    Raises:
        DefinitionInvalidError: with everything that is wrong.
    """
    check = _Check(policy, body.purpose, {other: of for other, of in segments.items() if other != name})
    when = None if body.when is None else check.compiled(body.when)
    if when is not None:
        check.without_event(when, "when")
        check.reads(when, ())
    if check.findings:
        raise DefinitionInvalidError(check.findings)
    return Segment(id=name, bit=check.bit, when=when, created=created, since=since)


def read_feature(name: str, body: FeatureBody, policy: Policy, segments: Mapping[str, str]) -> Declared:
    """A declared value, likewise.

    Raises:
        DefinitionInvalidError: with everything that is wrong.
    """
    check = _Check(policy, body.purpose, segments)
    value = check.compiled(body.value, "value")
    if value is not None:
        check.without_event(value, "value")
        check.reads(value, (), "value", (bool, int, float, str))
    if value is None or check.findings:
        raise DefinitionInvalidError(check.findings)
    return Declared(id=name, bit=check.bit, value=value)


def beyond_what_is_counted(compiled: Rule | Segment | Declared) -> list[Mistake]:
    """What asks for more than is counted of one person: refused when it is saved, and no ground to stop what is in force."""
    if isinstance(compiled, Rule) and compiled.group is not None:
        return []
    where = "value" if isinstance(compiled, Declared) else "when"
    expression = compiled.value if isinstance(compiled, Declared) else compiled.when
    is_beyond = expression is not None and expression.asks_beyond
    return [Mistake(where, "beyond_what_is_counted")] if is_beyond else []


def _firing(body: RuleBody, when: Expression) -> Firing:
    if body.firing is not None:
        return Firing(body.firing)
    windowed = any(feature.measure in FEATURES_WINDOWED for feature in when.features.values())
    return Firing.CROSSING if windowed else Firing.MATCH


class _Check:
    """Gathers what is wrong."""

    def __init__(self, policy: Policy, purpose: str, segments: Mapping[str, str]) -> None:
        self.findings: list[Mistake] = []
        self._segments = segments
        self._name = purpose
        found = policy.purpose(purpose)
        if found is None:
            self._refuse("purpose", "unknown_purpose")
        self._purpose: Purpose = found
        self.bit = found.bit

    def _refuse(self, where: str, code: str) -> NoReturn:
        raise DefinitionInvalidError([Mistake(where, code)])

    def report(self, where: str, code: str) -> None:
        """Something is wrong."""
        finding = Mistake(where, code)
        if finding not in self.findings:
            self.findings.append(finding)

    def without_event(self, expression: Expression, where: str) -> None:
        """Does it read features alone?"""
        features = expression.features.values()
        if expression.fields or any(
            f.reads_present_value or f.measure in FEATURES_OF_ITEMS for f in features
        ):
            self.report(where, "reads_an_event")

    def compiled(self, text: str, where: str = "when") -> Expression | None:
        """The expression, if it is one."""
        try:
            return compile_expression(text)
        except ExpressionError:
            self.report(where, "not_an_expression")
            return None

    def events(self, where: str, names: Collection[str]) -> None:
        """Are these events of the purpose?"""
        if not set(names) <= self._purpose.fields.events.keys():
            self.report(where, "event_outside_purpose")

    def fields(self, where: str, names: Collection[str], events: Collection[str]) -> None:
        """May the purpose see these fields, in each of these events?"""
        for event in events:
            if not set(names) <= self._fields_of(event).keys():
                self.report(where, "field_outside_purpose")

    def reads(
        self,
        when: Expression,
        on: Collection[str],
        where: str = "when",
        kinds: tuple[type, ...] = (bool,),
    ) -> None:
        """Is everything that it reads within the purpose, and of one type with what it is compared to?"""
        self.fields(where, when.fields, on)
        for feature in when.features.values():
            if feature.measure is Measure.IN_SEGMENT:
                if self._segments.get(feature.event) != self._name:
                    self.report(where, "segment_outside_purpose")
                continue
            self._feature(feature, on, where)
        if not self.findings:
            self._try(when, on, where, kinds)

    def group(self, when: Expression, body: RuleBody) -> None:
        """May it look at a group?"""
        if self._segments.get(str(body.group)) != self._name:
            self.report("group", "segment_outside_purpose")
        if any(feature.measure not in FEATURES_OF_GROUPS for feature in when.features.values()):
            self.report("when", "not_of_a_group")
        if body.absence is not None:
            self.report("absence", "not_of_a_group")

    def action(self, body: RuleBody) -> None:
        """May it do that?"""
        if body.action.kind == "notification" and self._name != NOTIFICATIONS:
            self.report("action/kind", "purpose_does_not_notify")
        if (body.action.budget is None) == (body.action.kind == "offer"):
            self.report("action/budget", "only_and_always_of_offers")
        if body.holdout and body.conversion is None:
            self.report("holdout", "nothing_to_compare")
        if RECORD_FIELDS & set(body.include):
            self.report("include", "name_is_ours")
        if body.absence is not None and body.include:
            self.report("include", "no_event_is_present")

    def _feature(self, feature: Feature, on: Collection[str], where: str) -> None:
        named = [event for event in (feature.event, feature.of) if event]
        self.events(where, named)
        if feature.field:
            self.fields(where, [feature.field], named)
            if feature.reads_present_value:
                self.fields(where, [feature.field], on)
        if feature.measure in FEATURES_OF_ITEMS:
            for event in {*named, *on}:
                paths = {rule.path for rule in self._purpose.fields.events.get(event, ())}
                if not paths & {"product_id", "products[].product_id"}:
                    self.report(where, "event_names_no_item")

    def _fields_of(self, event: str) -> dict[str, FieldRule]:
        rules = self._purpose.fields.events.get(event, ())
        return {rule.path: rule for rule in rules if "." not in rule.path and "[" not in rule.path}

    def _try(self, when: Expression, on: Collection[str], where: str, kinds: tuple[type, ...]) -> None:
        """Evaluate it once for each event."""
        for event in on or ("",):
            fields = self._fields_of(event)
            rules = {name: fields[name] for name in when.fields}
            if type(tried_on_samples(when, rules)) not in kinds:
                self.report(where, "neither_true_nor_false" if kinds == (bool,) else "no_simple_value")
