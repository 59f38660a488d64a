"""The decision: what a person permits now. Pure, and closed: whatever is not clearly permitted is denied.

| the person's record of a purpose | purpose by consent | other legal basis |
|---|---|---|
| nobody is known | no_record | no_record |
| none | no_consent | permitted |
| refused, withdrawn, revoked or objected, here or for a broader purpose | refused | refused |
| given, but not in the audit log yet | no_consent | permitted |
| given for a version before the last material change, or for one not in force yet | superseded | permitted |
| given, but the notice that was shown is not kept any more, never was, or did not ask for consent | unprovable | permitted |
| run out: its own end, or the policy's age | expired | permitted |
| invalidated | no_consent | permitted |
| recorded as expired | expired | permitted |

Over all of it: processing is restricted -> restricted; a minor where none are allowed -> minor; the clock stands
before something that already happened -> expired (nobody can tell that it has not run out). Restrictions and refusals
count at once, their lifting only once it is in the audit log.

Must not know: events, stores, HTTP.
"""

from __future__ import annotations

from collections.abc import Container, Mapping

import msgspec

from consent.model import (
    DENIALS,
    GRANTS,
    MINORITY,
    RESTRICTION,
    ConsentRecord,
    LegalBasis,
    Reason,
    Status,
)
from consent.policy import Policy, Rule


class Resolution(msgspec.Struct, frozen=True):
    """What a person permits at one moment."""

    mask: int
    """Permitted bits, of purposes and conditions."""
    refused_mask: int
    """Bits denied by a refusal, withdrawal, revocation or objection."""
    expires_at: int | None
    """When the first bit runs out of those permitted, or denied by a restriction alone (unix seconds); None when none does."""
    reasons: Mapping[int, Reason]
    """Why a bit is denied, where it is neither `refused` nor `no_consent`."""
    restricted_mask: int = 0
    """Bits that are denied by a restriction of all processing alone: they would be permitted but for it."""

    def permits(self, bit: int) -> bool:
        """Whether this bit is permitted."""
        return bool(self.mask >> bit & 1)

    def reason(self, bit: int) -> Reason | None:
        """Why this bit is not permitted; None when it is."""
        if self.mask >> bit & 1:
            return None
        if self.refused_mask >> bit & 1:
            return Reason.REFUSED
        return self.reasons.get(bit, Reason.NO_CONSENT)


def resolve(
    records: Mapping[str, ConsentRecord] | None,
    policy: Policy,
    now: int,
    notices: Container[bytes],
    *,
    last_seen: int = 0,
) -> Resolution:
    """What a person permits now.

    Args:
        records: the person's records by id; None when nobody is known under that pseudonym.
        policy: in force.
        now: unix seconds.
        notices: the digests of the notices that ask for consent and whose bytes are kept: a grant under any other, as on
            another legal basis, is no proof of consent.
        last_seen: the latest time that was ever seen; a clock before it permits nothing.
    """
    if records is None:
        return Resolution(0, 0, None, {rule.bit: Reason.NO_RECORD for rule in policy.rules})
    refused_mask = _refused(records, policy)
    overall = _overall(records, now, last_seen)
    minor = _stands(records, MINORITY)
    plain = overall is None and not minor
    permitted = 0  # but for what lies over all of it
    expires_at: int | None = None
    reasons: dict[int, Reason] = {}
    for rule in policy.rules:
        record = records.get(rule.id)
        if refused_mask >> rule.bit & 1 or (
            record is None and plain and rule.legal_basis is LegalBasis.CONSENT
        ):
            continue
        reason, until = _judge(rule, record, now, notices)
        if minor and not rule.minors_allowed:
            reason = Reason.MINOR
        if reason is None and now >= last_seen:
            permitted |= 1 << rule.bit
            if until is not None and (expires_at is None or until < expires_at):
                expires_at = until
        reason = overall or reason
        if reason is not None and reason is not Reason.NO_CONSENT:
            reasons[rule.bit] = reason
    if overall is not None:
        return Resolution(0, refused_mask, expires_at, reasons, restricted_mask=permitted)
    return Resolution(permitted, refused_mask, expires_at, reasons)


def _refused(records: Mapping[str, ConsentRecord], policy: Policy) -> int:
    denied = {record.purpose for record in records.values() if record.status in DENIALS}
    if not denied:
        return 0
    return sum(
        1 << rule.bit for rule in policy.rules if rule.id in denied or not denied.isdisjoint(rule.broader)
    )


def _overall(records: Mapping[str, ConsentRecord], now: int, last_seen: int) -> Reason | None:
    if _stands(records, RESTRICTION):
        return Reason.RESTRICTED
    return Reason.EXPIRED if now < last_seen else None


def restricts(records: Mapping[str, ConsentRecord] | None) -> bool:
    """Whether all use of a person's data is restricted: they may not be taken for anybody else either."""
    return records is not None and _stands(records, RESTRICTION)


def _stands(records: Mapping[str, ConsentRecord], standing: str) -> bool:
    record = records.get(standing)
    return record is not None and (record.status is not Status.INVALIDATED or not record.sequenced)


def _judge(
    rule: Rule, record: ConsentRecord | None, now: int, notices: Container[bytes]
) -> tuple[Reason | None, int | None]:
    if rule.legal_basis is not LegalBasis.CONSENT:
        return None, None
    if record is None:
        return Reason.NO_CONSENT, None
    if record.status is Status.EXPIRED:
        return Reason.EXPIRED, None
    if record.status not in GRANTS or not record.sequenced:
        return Reason.NO_CONSENT, None
    if not rule.last_material_version <= record.version <= rule.version:
        return Reason.SUPERSEDED, None
    if record.notice is None or record.notice not in notices:
        return Reason.UNPROVABLE, None
    until = record.given_at + rule.max_age_seconds
    if record.valid_until is not None and record.valid_until < until:
        until = record.valid_until
    if now >= until or now < record.recorded_at:
        return Reason.EXPIRED, None
    return None, until
