"""One question, judged by a rule set. Pure: no clock, no chance, no I/O.

    who and what are known? -> which permits are for this -> each that has all it reads is run -> one holds, none failed

- A permit of which an attribute is missing does not apply.
- If one fails that applies, the answer is no, whatever the others say: the order of permits never matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from audit import Outcome
from gateway.authzen import Entity, Evaluation
from gateway.tenants.condition import FAILURES, Read, circumstances, variable_of
from gateway.tenants.model import Declaration, Permit, RuleSet, Value

_NOTHING: Mapping[str, Value] = {}
_UNDECLARED = Declaration()


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """What became of a question."""

    outcome: Outcome
    """`permitted`, `denied.not_permitted` or `denied.rule_failed`."""
    permit: str | None = None
    """The first permit that holds."""

    @property
    def granted(self) -> bool:
        """Whether it is permitted."""
        return self.outcome is Outcome.PERMITTED


DENIED = RuleVerdict(Outcome.DENIED_NOT_PERMITTED)
FAILED = RuleVerdict(Outcome.DENIED_RULE_FAILED)


def judge(rules: RuleSet, question: Evaluation) -> RuleVerdict:
    """Judge a question by a tenant's rules."""
    subject, resource = question.subject, question.resource
    permits = rules.by_target.get((subject.type, question.action, resource.type))
    if permits is None or not (_is_known(rules, subject) and _is_known(rules, resource)):
        return DENIED
    known = _known(rules, question, {read for permit in permits for read in permit.condition.reads})
    return _run(_applying(permits, known), question, known)


def always_there(question: Evaluation) -> dict[str, Value]:
    """What conditions can read of every question."""
    return {
        "subject_type": question.subject.type,
        "subject_id": question.subject.id,
        "resource_type": question.resource.type,
        "resource_id": question.resource.id,
        "action_name": question.action,
    }


def _is_known(rules: RuleSet, entity: Entity) -> bool:
    return rules.types[entity.type].is_open or entity.id in rules.entities.get(entity.type, _NOTHING)


def _known(rules: RuleSet, question: Evaluation, wanted: Iterable[Read]) -> dict[Read, Value]:
    """The values of the wanted attributes, as far as there are any: what the request says comes before what is stored."""
    sources: dict[str, tuple[Declaration, Mapping[str, Any], Mapping[str, Value]]] = {
        "action": (
            rules.actions.get(question.action, _UNDECLARED),
            question.action_properties,
            _NOTHING,
        ),
        "context": (rules.context, question.context, _NOTHING),
    }
    for root, entity in (("subject", question.subject), ("resource", question.resource)):
        stored = rules.entities.get(entity.type, {}).get(entity.id, _NOTHING)
        sources[root] = (rules.types[entity.type], entity.properties, stored)
    found: dict[Read, Value] = {}
    for root, name in wanted:
        declared, said, stored = sources[root]
        if name in declared.from_request and name in said:
            value = declared.from_request[name].read(said[name])
        else:
            value = stored.get(name)
        if value is not None:
            found[root, name] = value
    return found


def _applying(permits: Iterable[Permit], known: Mapping[Read, Value]) -> list[Permit]:
    return [permit for permit in permits if permit.condition.reads <= known.keys()]


def _run(permits: Iterable[Permit], question: Evaluation, known: Mapping[Read, Value]) -> RuleVerdict:
    seen = always_there(question)
    seen.update((variable_of(root, name), value) for (root, name), value in known.items())
    try:
        on = circumstances(seen)
        holding = [permit.id for permit in permits if permit.condition.holds(on)]
    except FAILURES:
        return FAILED
    return RuleVerdict(Outcome.PERMITTED, holding[0]) if holding else DENIED
