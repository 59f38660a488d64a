"""What holds for a person, purpose by purpose, in plain words: judged from values, shown by the pages. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from consent import DENIALS, GRANTS, Condition, ConsentRecord, LegalBasis, Policy, Purpose, Status
from gateway.wording.languages import Language
from gateway.wording.plain_words import BASES, DENIED, DENIED_BY, REASONS
from gateway.wording.purpose_words import Used, exactness_of_time, what_is_used

_OBJECTABLE = frozenset({LegalBasis.PUBLIC_TASK, LegalBasis.LEGITIMATE_INTERESTS})


class PurposeAct(StrEnum):
    """What somebody can do about a purpose: the one button beside it, or the two while they have not decided."""

    GIVE = "give"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    OBJECT = "object"


STATUS_OF: Mapping[PurposeAct, Status] = {
    PurposeAct.GIVE: Status.GIVEN,
    PurposeAct.REFUSE: Status.REFUSED,
    PurposeAct.WITHDRAW: Status.WITHDRAWN,
    PurposeAct.OBJECT: Status.OBJECTED,
}
"""What the record becomes."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A purpose or a condition as the page shows it."""

    id: str
    """In the policy."""
    text_language: str
    """The language of title and text."""
    title: str
    """A few words."""
    text: str
    """A sentence or two."""
    is_on: bool
    """Whether it is in force now, in this browser."""
    decided: bool
    """Whether the person ever decided."""
    reason: str
    """Why it is off, in plain words; empty when it is on."""
    since: int | None
    """Since when it is as it is (unix seconds); None if it always was."""
    until: int | None
    """When it runs out (unix seconds); None if it does not."""
    basis: str
    """On what ground, in plain words; empty for a condition."""
    kept: str
    """How long signals are kept; empty for a condition."""
    destinations: tuple[str, ...]
    """Who else sees it."""
    used: tuple[Used, ...]
    """What is used."""
    exactness: str
    """How exactly the time is known."""
    silenced: bool
    """Whether this browser's GPC signal keeps it off here whatever is chosen."""
    acts: tuple[PurposeAct, ...]
    """What the person can do: nothing, one thing, or two of equal weight."""


def show(  # noqa: PLR0913  # everything that a line of the page depends on
    entry: Purpose | Condition,
    record: ConsentRecord | None,
    *,
    policy: Policy,
    language: Language,
    is_on: bool,
    reason: str,
    gpc: bool,
) -> Shown:
    """A purpose or condition as a person sees it.

    Args:
        entry: of the policy.
        record: where the person stands on it, if they ever decided.
        policy: in force.
        language: of the page.
        is_on: whether it is permitted now.
        reason: why not, as a word of `consent.Reason`.
        gpc: whether this browser sends the signal.
    """
    code, text = language.text_of(dict(entry.texts), policy)
    rule = policy.rules[entry.bit]
    purpose = entry if isinstance(entry, Purpose) else None
    silenced = gpc and bool(policy.gpc_mask >> entry.bit & 1)
    effective = is_on and not silenced
    until = (
        _until(record, rule.max_age_seconds) if effective and rule.legal_basis is LegalBasis.CONSENT else None
    )
    acts = acts_of(rule.legal_basis, record, is_on=is_on, reason=reason)
    return Shown(
        id=entry.id,
        text_language=code,
        title=text.title,
        text=text.text,
        is_on=effective,
        decided=record is not None,
        reason="" if is_on else language.say(_why_off(record, reason)),
        since=None if record is None or (silenced and is_on) else record.recorded_at,
        until=until,
        basis="" if purpose is None else language.say(BASES[purpose.legal_basis.value]),
        kept="" if purpose is None else language.days(purpose.retention_days),
        destinations=() if purpose is None else purpose.destinations,
        used=() if purpose is None else what_is_used(purpose, policy, language),
        exactness="" if purpose is None else exactness_of_time(purpose, language),
        silenced=silenced,
        acts=_under_signal(acts) if silenced else acts,
    )


def acts_of(
    basis: LegalBasis, record: ConsentRecord | None, *, is_on: bool, reason: str
) -> tuple[PurposeAct, ...]:
    """What a person can do about a purpose on this basis.

    Giving and ending are one act each, whatever happened before; while nothing was decided there is a yes and a no.
    """
    if basis is not LegalBasis.CONSENT:
        if basis not in _OBJECTABLE:
            return ()
        denied = record is not None and record.status in DENIALS
        return (PurposeAct.GIVE,) if denied else (PurposeAct.OBJECT,)
    given = record is not None and record.status in GRANTS
    if is_on or (given and reason in ("restricted", "minor")):
        return (PurposeAct.WITHDRAW,)
    if reason == "minor":
        return ()
    return (
        (PurposeAct.GIVE,)
        if record is not None and record.status in DENIALS
        else (PurposeAct.GIVE, PurposeAct.REFUSE)
    )


def _under_signal(acts: tuple[PurposeAct, ...]) -> tuple[PurposeAct, ...]:
    """What is left to do while a browser's signal denies it: to say no, or to end what was said."""
    return tuple(act for act in acts if act is not PurposeAct.GIVE)


def _why_off(record: ConsentRecord | None, reason: str) -> str:
    if reason == "refused" and record is not None and record.evidence.value in DENIED_BY:
        return DENIED_BY[record.evidence.value]
    if reason == "refused" and record is not None and record.status.value in DENIED:
        return DENIED[record.status.value]
    return REASONS.get(reason, REASONS["no_consent"])


def _until(record: ConsentRecord | None, max_age_seconds: int) -> int | None:
    if record is None:
        return None
    until = record.given_at + max_age_seconds
    return until if record.valid_until is None else min(until, record.valid_until)
