"""Which fields a purpose may see: the `fields` tables of a policy file, read and compiled.

Every set of conditions that a purpose's fields name is compiled when the policy is read, so that a decision only
looks it up.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from types import MappingProxyType

from consent.policy_tables import Table
from consent.refused import is_special, refused
from privacy import CompiledFields, FieldPolicy, FieldRule, FieldRuleError, compile_fields, parse_field_rule

_MOST_EVENTS = 256
_MOST_FIELDS = 128
_MOST_CONDITIONS_OF_A_PURPOSE = 6


def read_fields(
    table: Table, conditions: Mapping[str, int]
) -> tuple[FieldPolicy, int, Mapping[int, CompiledFields]]:
    """The fields that one purpose may see.

    Args:
        table: event name -> field path -> rule.
        conditions: the policy's conditions and their bits.

    Returns:
        (the rules, the bits of the conditions they name, the compiled fields for each set of those).
    """
    events: dict[str, tuple[FieldRule, ...]] = {}
    for event in table.names():
        below = table.table(event)
        rules = [rule for path in below.names() if (rule := _read_rule(below, path, conditions))]
        if not 0 < len(event) <= 128 or len(rules) > _MOST_FIELDS:
            table.report(event, f"must have a name of 1 to 128 characters and at most {_MOST_FIELDS} fields")
        try:
            compile_fields(FieldPolicy({event: tuple(rules)}))
            events[event] = tuple(rules)
        except FieldRuleError as error:
            below.report("", str(error))
    if len(events) > _MOST_EVENTS:
        table.report("", f"has more than {_MOST_EVENTS} events")
    fields = FieldPolicy(MappingProxyType(events))
    named = sorted(fields.conditions)
    if len(named) > _MOST_CONDITIONS_OF_A_PURPOSE:
        table.report("", f"names more than {_MOST_CONDITIONS_OF_A_PURPOSE} conditions")
        named = []
    variants = {
        sum(1 << conditions[each] for each in given): compile_fields(fields, given)
        for size in range(len(named) + 1)
        for given in combinations(named, size)
    }
    return fields, sum(1 << conditions[each] for each in named), MappingProxyType(variants)


def _read_rule(table: Table, path: str, conditions: Mapping[str, int]) -> FieldRule | None:
    if why := refused(path):
        table.report(path, why)
        return None
    text = table.prose(path, longest=400)
    if text == "unreadable":
        return None
    try:
        rule = parse_field_rule(path, text)
    except FieldRuleError as error:
        table.report(path, str(error))
        return None
    if rule.condition is not None and rule.condition not in conditions:
        table.report(path, "asks for a condition that the policy does not have")
        return None
    if rule.condition is None and is_special(path):
        table.report(
            path, "is of a special category, and asks for no condition (GDPR Art. 9): docs/refused.md"
        )
        return None
    return rule
