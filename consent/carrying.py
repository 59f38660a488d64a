"""What linking an anonymous person to a known one does to consent: denials and minority are carried over, grants never. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from consent.admission import ASSURANCE, narrowed, notice_shown
from consent.model import (
    DENIALS,
    MINORITY,
    ActorKind,
    ConsentChange,
    ConsentEvent,
    ConsentRecord,
    Evidence,
    Status,
    stronger,
)
from consent.policy import Policy
from consent.standings import stand

LINKING_SOURCE = "linking"
"""The source of a denial that was carried over."""


def carry_denials(
    anonymous: Mapping[str, ConsentRecord],
    known: Mapping[str, ConsentRecord],
    before: Iterable[ConsentEvent],
    policy: Policy,
    now: int,
) -> tuple[ConsentChange, ...]:
    """What linking an anonymous person to a known one must write for the known one: the most restrictive wins.

    Args:
        anonymous: the records of whoever is linked.
        known: the records of whom they are linked to.
        before: what was recorded for the known one while these two were linked. A denial that was carried over already is
            not carried over again: the known person may have lifted it since.
        policy: in force.
        now: unix seconds.

    Returns:
        A denial for each purpose that the anonymous person denies and the known one does not, and minority likewise: a login
        never launders a refusal, and makes nobody older.
    """
    carried = []
    carried_before = {event.purpose: event.seq for event in before if event.source == LINKING_SOURCE}
    for record in anonymous.values():
        rule = policy.rule(record.purpose)
        theirs = known.get(record.purpose)
        if carried_before.get(record.purpose, -1) > record.seq:
            continue
        if record.purpose == MINORITY and _is_minor(record) and not _is_minor(theirs):
            carried.append(stand(MINORITY, True, ActorKind.APP, policy, now))
        if rule is None or record.status not in DENIALS or _denies_as_firmly(theirs, record):
            continue
        said_themselves = record.evidence is Evidence.USER_ACTION
        change = ConsentChange(
            purpose=record.purpose,
            status=record.status,
            version=record.version,
            evidence=record.evidence,
            actor=ActorKind.PERSON if said_themselves else ActorKind.APP,
            method=LINKING_SOURCE,
            locale=policy.default_locale,
            notice_version=policy.notice_version,
            notice=notice_shown(policy, record.purpose, policy.default_locale),
            assurance=ASSURANCE[ActorKind.PERSON if said_themselves else ActorKind.APP],
            occurred_at=min(record.given_at, now),
            keyed=policy.purpose(record.purpose) is not None,
        )
        carried.append(change)
        carried.extend(narrowed(change, each, policy) for each in policy.narrower.get(record.purpose, ()))
    return tuple(carried)


def _denies_as_firmly(theirs: ConsentRecord | None, record: ConsentRecord) -> bool:
    if theirs is None or theirs.status not in DENIALS:
        return False
    return stronger(theirs.evidence, record.evidence) is theirs.evidence


def _is_minor(record: ConsentRecord | None) -> bool:
    return record is not None and record.status is Status.RESTRICTED
