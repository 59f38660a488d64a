"""What people denied after a copy of the records was made, when that copy is all there is: denied again. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from consent.admission import ASSURANCE, notice_shown
from consent.model import (
    DENIALS,
    STANDINGS,
    ActorKind,
    ConsentChange,
    ConsentEvent,
    ConsentRecord,
    Evidence,
    Status,
)
from consent.policy import Policy
from consent.standings import stand

RESTORE_SOURCE = "restore"
"""The source of a denial that was written again because the records did not have it any more."""


class KeptDenial(msgspec.Struct, frozen=True, gc=False):
    """What is kept of a denial apart from the records."""

    purpose: str
    """The id of a purpose, a condition or a standing."""
    status: Status
    """What it became: one of `DENIALS`, or `restricted` for a standing."""
    epoch: int
    """The epoch it had."""
    recorded_at: int
    """When it was recorded (unix seconds)."""
    evidence: Evidence
    """How good its evidence was."""

    @property
    def order(self) -> tuple[int, int]:
        """Rises with every change; also across a copy put back, where epochs go back and time does not."""
        return self.recorded_at, self.epoch


def kept_of(change: ConsentEvent | ConsentRecord) -> KeptDenial | None:
    """What must be kept of a change; None if it denies nothing."""
    standing = change.purpose in STANDINGS
    if change.status not in DENIALS and not (standing and change.status is Status.RESTRICTED):
        return None
    return KeptDenial(change.purpose, change.status, change.epoch, change.recorded_at, change.evidence)


def denied_since(
    records: Mapping[str, ConsentRecord], kept: Iterable[KeptDenial], policy: Policy, now: int
) -> tuple[ConsentChange, ...]:
    """The denials of a person that the records are older than, to be recorded again.

    Args:
        records: the person's, from a copy that may be older.
        kept: the person's denials, in the order in which they were kept.
        policy: in force; what it does not have cannot be permitted, and is left out.
        now: unix seconds.
    """
    latest: dict[str, KeptDenial] = {}
    for denial in kept:
        before = latest.get(denial.purpose)
        if before is None or denial.order > before.order:
            latest[denial.purpose] = denial
    changes = []
    for denial in latest.values():
        record = records.get(denial.purpose)
        if record is None or (record.recorded_at, record.epoch) < denial.order:
            change = denied_again(denial, policy, now, RESTORE_SOURCE)
            changes += [] if change is None else [change]
    return tuple(changes)


def denied_again(denial: KeptDenial, policy: Policy, now: int, method: str) -> ConsentChange | None:
    """The change that records a denial again, as come about by `method`; None if the policy does not have what it denies."""
    themselves = denial.evidence is Evidence.USER_ACTION
    actor = ActorKind.PERSON if themselves else ActorKind.APP
    if denial.purpose in STANDINGS:
        return stand(denial.purpose, True, actor, policy, now)
    rule = policy.rule(denial.purpose)
    if rule is None:
        return None
    return ConsentChange(
        purpose=denial.purpose,
        status=denial.status,
        version=rule.version,
        evidence=denial.evidence,
        actor=actor,
        method=method,
        locale=policy.default_locale,
        notice_version=policy.notice_version,
        notice=notice_shown(policy, denial.purpose, policy.default_locale),
        assurance=ASSURANCE[actor],
        occurred_at=min(denial.recorded_at, now),
        keyed=policy.purpose(denial.purpose) is not None,
    )
