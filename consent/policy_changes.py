"""What a new policy would change against the one in force, in words that an officer can act on. Pure.

Weights, gravest first: `breaks` (stored bits or names would mean something else: do not load it), `widens` (more
data, longer, for more, or without asking), `asks` (people must be asked again), `narrows`, `notes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import chain

import msgspec

from consent.model import LegalBasis
from consent.policy import Condition, Policy, Purpose
from privacy import FieldRule


class Weight(StrEnum):
    """How grave a change is."""

    BREAKS = "breaks"
    WIDENS = "widens"
    ASKS = "asks"
    NARROWS = "narrows"
    NOTES = "notes"


class PolicyChange(msgspec.Struct, frozen=True):
    """One difference between two policies."""

    weight: Weight
    """How grave it is."""
    subject: str
    """The purpose or condition it is about; empty for the policy as a whole."""
    text: str
    """What it means."""


def explain_change(old: Policy, new: Policy) -> tuple[PolicyChange, ...]:
    """Every difference that matters between two policies, gravest first."""
    changes = chain(
        _whole(old, new), _entries(old, new), *(_purpose(old, new, each) for each in new.purposes)
    )
    order = list(Weight)
    return tuple(sorted(changes, key=lambda change: order.index(change.weight)))


def breaks_what_is_stored(changes: Iterable[PolicyChange]) -> bool:
    """Whether a policy with these changes must not be loaded: what is stored would mean something else."""
    return any(change.weight is Weight.BREAKS for change in changes)


def _whole(old: Policy, new: Policy) -> Iterator[PolicyChange]:
    if old.digest == new.digest:
        return
    if old.notice_version != new.notice_version:
        yield PolicyChange(Weight.NOTES, "", "another notice: new consents are bound to it, older ones stay")
    if old.controller != new.controller:
        yield PolicyChange(Weight.NOTES, "", "another controller: every notice and new receipt names it")
    if old.default_locale != new.default_locale:
        yield PolicyChange(Weight.NOTES, "", "another default language")


def _entries(old: Policy, new: Policy) -> Iterator[PolicyChange]:
    before = {entry.id: entry for entry in old.entries}
    after = {entry.id: entry for entry in new.entries}
    for gone in before.keys() - after.keys():
        yield PolicyChange(
            Weight.BREAKS, gone, "is removed: consents and sealed signals of it would hang in the air"
        )
    for each in after.values():
        was = before.get(each.id)
        if was is None:
            yield PolicyChange(Weight.ASKS, each.id, "is new: nobody has consented to it")
        else:
            yield from _entry(was, each)


def _entry(was: Purpose | Condition, now: Purpose | Condition) -> Iterator[PolicyChange]:
    if type(was) is not type(now):
        yield PolicyChange(Weight.BREAKS, now.id, "changes between purpose and condition")
    elif isinstance(now, Purpose) and was.bit != now.bit:
        yield PolicyChange(
            Weight.BREAKS, now.id, "moves to another bit: add new purposes at the end of their list"
        )
    if was.code != now.code:
        yield PolicyChange(Weight.BREAKS, now.id, "changes its code: older audit entries would be misread")
    if now.version < was.version:
        yield PolicyChange(Weight.BREAKS, now.id, "goes back to an older version")
    elif now.version > was.version and now.last_material_version > was.version:
        yield PolicyChange(
            Weight.ASKS, now.id, "is materially new: consents to the version in force stop counting at once"
        )
    elif now.version > was.version:
        yield PolicyChange(Weight.NOTES, now.id, "has a new version that is not material: consents stay")
    elif now.last_material_version > was.last_material_version:
        yield PolicyChange(Weight.ASKS, now.id, "stops counting older consents")
    elif now.last_material_version < was.last_material_version:
        yield PolicyChange(Weight.WIDENS, now.id, "counts consents to older versions again")
    if now.texts != was.texts:
        unversioned = now.version == was.version
        text = "has other texts without a new version" if unversioned else "has other texts"
        yield PolicyChange(Weight.WIDENS if unversioned else Weight.NOTES, now.id, text)
    yield from _longer(now.id, "a consent lasts", was.max_consent_age_days, now.max_consent_age_days)


def _purpose(old: Policy, new: Policy, now: Purpose) -> Iterator[PolicyChange]:
    was = old.purpose(now.id)
    if was is None:
        return
    if was.legal_basis is not now.legal_basis:
        asks = now.legal_basis is LegalBasis.CONSENT
        more = ": everybody is asked, whatever they said before" if asks else ""
        text = f"rests on {now.legal_basis} instead of {was.legal_basis}{more}"
        yield PolicyChange(Weight.ASKS if asks else Weight.WIDENS, now.id, text)
    yield from _longer(now.id, "signals are kept", was.retention_days, now.retention_days)
    yield from _longer(
        now.id,
        "times are rounded",
        -was.time_granularity_seconds,
        -now.time_granularity_seconds,
        "more finely",
    )
    yield from _flag(now.id, "Global Privacy Control denies it", not was.gpc_sensitive, not now.gpc_sensitive)
    yield from _flag(now.id, "minors are kept out of it", was.minors_allowed, now.minors_allowed)
    yield from _sets(now.id, "destinations", set(was.destinations), set(now.destinations))
    ancestors = (old.rules[was.bit].broader, new.rules[now.bit].broader)
    yield from _sets(now.id, "broader purposes whose denial denies it", set(ancestors[1]), set(ancestors[0]))
    if was.mappings != now.mappings:
        yield PolicyChange(
            Weight.WIDENS, now.id, "is mapped to other categories: claims narrow it differently"
        )
    if was.dpv != now.dpv:
        yield PolicyChange(Weight.NOTES, now.id, "has another DPV term")
    yield from _fields(was, now)


def _fields(was: Purpose, now: Purpose) -> Iterator[PolicyChange]:
    before, after = _rules_of(was), _rules_of(now)
    added = sorted(f"{event}: {path}" for event, path in after.keys() - before.keys())
    gone = sorted(f"{event}: {path}" for event, path in before.keys() - after.keys())
    other = sorted(f"{key[0]}: {key[1]}" for key in after.keys() & before.keys() if after[key] != before[key])
    grown = sorted(now.fields.events.keys() - was.fields.events.keys())
    if grown:
        yield PolicyChange(Weight.WIDENS, now.id, f"sees more events: {', '.join(grown)}")
    if added:
        yield PolicyChange(Weight.WIDENS, now.id, f"sees more fields: {', '.join(added)}")
    if other:
        yield PolicyChange(Weight.WIDENS, now.id, f"sees fields differently: {', '.join(other)}")
    if gone:
        yield PolicyChange(Weight.NARROWS, now.id, f"sees fewer fields: {', '.join(gone)}")


def _rules_of(purpose: Purpose) -> dict[tuple[str, str], FieldRule]:
    return {(event, rule.path): rule for event, rules in purpose.fields.events.items() for rule in rules}


def _longer(subject: str, what: str, was: int, now: int, more: str = "longer") -> Iterator[PolicyChange]:
    if now > was:
        yield PolicyChange(Weight.WIDENS, subject, f"{what} {more}")
    elif now < was:
        less = "for a shorter time" if more == "longer" else "more coarsely"
        yield PolicyChange(Weight.NARROWS, subject, f"{what} {less}")


def _flag(subject: str, what: str, was_open: bool, now_open: bool) -> Iterator[PolicyChange]:
    if now_open and not was_open:
        yield PolicyChange(Weight.WIDENS, subject, f"no longer: {what}")
    elif was_open and not now_open:
        yield PolicyChange(Weight.NARROWS, subject, f"from now on: {what}")


def _sets(subject: str, what: str, was: set[str], now: set[str]) -> Iterator[PolicyChange]:
    if now - was:
        yield PolicyChange(Weight.WIDENS, subject, f"{what} differ: {', '.join(sorted(now - was))}")
    if was - now:
        yield PolicyChange(Weight.NARROWS, subject, f"{what} differ: {', '.join(sorted(was - now))}")
