"""`releases.toml` beside `policy.toml`: a release of what no signal of its purpose can carry would buy noise with budget."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from consent import Policy
from gateway.flags.checking import EXPOSURE_EVENT
from privacy import (
    AMOUNT_FIELDS,
    MADE_BY_RULES,
    Catalogue,
    Consents,
    Experiment,
    FieldPolicy,
    FieldRule,
    Release,
    Transform,
    events_of,
    fields_of,
    looks_at_amounts,
)

_LINES = "products[]."
"""Before the fields of the lines of an order."""


def unfit_releases(catalogue: Catalogue, policy: Policy) -> dict[str, str]:
    """Which releases can never count anybody by this policy, by id, and why. No word of either file is in it."""
    found = {release.id: next(_problems(release, policy), None) for release in catalogue.releases}
    return {name: problem for name, problem in found.items() if problem is not None}


def conditions_of(catalogue: Catalogue, policy: Policy, purpose: str) -> set[int]:
    """The bits of the conditions under which a purpose has a field that releases look at."""
    found, fields = policy.purpose(purpose), catalogue.purposes().get(purpose, ())
    rules = [] if found is None else _rules(found.fields, ())
    return {
        policy.bits[rule.condition]
        for rule in rules
        if rule.condition is not None and rule.path.removeprefix(_LINES) in fields
    }


def _problems(release: Release, policy: Policy) -> Iterator[str]:
    if isinstance(release, Consents):
        if not set(release.purposes) <= policy.bits.keys():
            yield "policy.toml has not all of these purposes"
        return
    purpose = policy.purpose(release.purpose)
    if purpose is None:
        yield "policy.toml has no such purpose"
        return
    events = set(events_of(release))
    if isinstance(release, Experiment):
        events = {EXPOSURE_EVENT, release.success}
    if not events <= purpose.fields.events.keys() | set(MADE_BY_RULES):
        yield "the purpose sees not all of these events"
    rules = _rules(purpose.fields, events)
    paths = {rule.path.removeprefix(_LINES) for rule in rules}
    if not set(fields_of(release)) <= paths and not events & set(MADE_BY_RULES):
        yield "the purpose sees no such field of these events"
    if looks_at_amounts(release) and not any(map(_is_money, rules)):
        yield "the purpose sees no revenue and no value of these events as a number"


def _rules(fields: FieldPolicy, events: Collection[str]) -> list[FieldRule]:
    """The rules of these events; of all where none is named."""
    return [rule for name, rules in fields.events.items() if not events or name in events for rule in rules]


def _is_money(rule: FieldRule) -> bool:
    return rule.path in AMOUNT_FIELDS and rule.transform is not Transform.BUCKET
