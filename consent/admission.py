"""Admission of consent writes: who may write what. Pure; a refusal is a value.

- A browser key never writes: it is public.
- What an opt-out signal says is a `signal`, whoever brings it.
- What an app writes is `app_asserted`; what a person writes through a token bound to them is `user_action`. Whoever writes may
  say that their evidence is weaker (a banner of somebody else's, an import), never that it is better.
- Saying no is always possible. Saying yes is not: a denial is lifted only on evidence at least as good, so an app's
  grant never lifts what the person refused or withdrew themselves.
- A grant that happened before the last denial does not beat it, and nothing happens in the future.
- A grant binds to the purpose's version in force and to the notice in force, or to an earlier one that it names by its hash
  (`notices_shown`). It never continues one on another legal basis.
- What was shown is named by its hash: the policy's notice for the purpose in the language, or the closest it has. Nothing is
  named that cannot have been shown: a yes from before the notice is refused, and a no from before it, or to another, names none.
- A denial is also written for every narrower purpose, so that lifting it later does not bring those back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from consent.model import (
    DENIALS,
    GRANTS,
    OBJECTABLE,
    ActorKind,
    Assurance,
    ConsentChange,
    ConsentRecord,
    Evidence,
    LegalBasis,
    Status,
    stronger,
    weaker,
)
from consent.notices_shown import NoticesShown
from consent.policy import Policy, Rule
from privacy import DAY_SECONDS

MAX_CLOCK_AHEAD_SECONDS = 300
"""How far ahead of ours a source's clock may be; its time is then taken as now."""

_NOTHING_KNOWN = NoticesShown()

_METHOD = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ,._/-]{0,63}", re.ASCII)
_JURISDICTION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", re.ASCII)
_LABEL = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}", re.ASCII)

_WRITABLE: Mapping[ActorKind, frozenset[Status]] = {
    ActorKind.PERSON: frozenset({Status.GIVEN, Status.REFUSED, Status.WITHDRAWN, Status.OBJECTED}),
    ActorKind.APP: frozenset(
        {Status.GIVEN, Status.REFUSED, Status.WITHDRAWN, Status.OBJECTED, Status.REVOKED}
    ),
    ActorKind.BROWSER: frozenset(),
    ActorKind.GUARDIAN: frozenset(),
}
EVIDENCE: Mapping[ActorKind, Evidence] = {
    ActorKind.PERSON: Evidence.USER_ACTION,
    ActorKind.APP: Evidence.APP_ASSERTED,
}
ASSURANCE: Mapping[ActorKind, Assurance] = {
    ActorKind.PERSON: Assurance.BOUND,
    ActorKind.APP: Assurance.ASSERTED,
}


class ConsentRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller asks to have written."""

    purpose: str
    """The id of a purpose or a condition."""
    status: Status
    """What it is to become."""
    method: str
    """How the person showed their will: a short word of the source's own."""
    locale: str
    """The language of the notice."""
    notice_version: str | None = None
    """Which notice was shown; None means the one in force."""
    notice: bytes | None = None
    """SHA-256 of the notice that was shown, 32 bytes, where it is named by its hash: an earlier one then."""
    occurred_at: int | None = None
    """When the person acted (unix seconds); None means now."""
    ui_variant: bytes | None = None
    """SHA-256 of how it was presented, 32 bytes, if the source says."""
    jurisdiction: str | None = None
    """Whose law applies, if the source says."""
    evidence: Evidence | None = None
    """How good the caller says its evidence is, if not as good as its credentials; it is never taken for better."""
    by_signal: bool = False
    """Whether an opt-out signal says so, and nobody in words. A signal only ever says no."""


class WriteRefusal(StrEnum):
    """Why a write is not admitted."""

    ACTOR_MAY_NOT = "actor_may_not"
    UNKNOWN_PURPOSE = "unknown_purpose"
    UNKNOWN_STATUS = "unknown_status"
    WRONG_NOTICE = "wrong_notice"
    NOT_BY_CONSENT = "not_by_consent"
    NOT_OBJECTABLE = "not_objectable"
    LIFTS_A_DENIAL = "lifts_a_denial"
    LIFTS_A_PROTECTION = "lifts_a_protection"
    BACK_DATED = "back_dated"
    BEFORE_THE_NOTICE = "before_the_notice"
    IN_THE_FUTURE = "in_the_future"
    MALFORMED_METHOD = "malformed_method"
    MALFORMED_LOCALE = "malformed_locale"
    MALFORMED_JURISDICTION = "malformed_jurisdiction"
    DENIED_BY_SIGNAL = "denied_by_signal"


class Admitted(msgspec.Struct, frozen=True):
    """A write that is admitted."""

    changes: tuple[ConsentChange, ...]
    """What to record, in one transaction: the change asked for first, then those that follow from it."""
    arrival_keys: tuple[str, ...]
    """Purposes that need no consent: somebody new gets a signal key for each."""


def admit(
    request: ConsentRequest,
    actor: ActorKind,
    records: Mapping[str, ConsentRecord] | None,
    policy: Policy,
    now: int,
    *,
    shown: NoticesShown = _NOTHING_KNOWN,
) -> Admitted | WriteRefusal:
    """Judge a consent write.

    Args:
        request: what is asked for.
        actor: who asks, as authenticated.
        records: the person's records now; None when nobody is known under that pseudonym.
        policy: in force.
        now: unix seconds.
        shown: what is known of the notices that the person can have been shown.
    """
    rule = policy.rule(request.purpose)
    refusal = _refuse_form(request, actor, rule, now)
    if refusal is not None or rule is None:
        return refusal or WriteRefusal.UNKNOWN_PURPOSE
    occurred_at = now if request.occurred_at is None else min(request.occurred_at, now)
    before = None if records is None else records.get(rule.id)
    change = _change(request, actor, rule, policy, occurred_at, 0 if before is None else before.epoch)
    if change.status in GRANTS:
        bound = _refuse_grant(change, before) or _bound(change, request, rule, policy, shown)
        if isinstance(bound, WriteRefusal):
            return bound
        change = replace(bound, anew=_on_another_basis(before, rule, shown))
    elif not _was_shown(request, change, policy, shown):
        change = replace(change, notice=None, notice_version="")
    spread = policy.narrower.get(rule.id, ()) if change.status in DENIALS else ()
    narrower = tuple(narrowed(change, each, policy) for each in spread)
    return Admitted((change, *narrower), keys_on_arrival(policy))


def keys_on_arrival(policy: Policy) -> tuple[str, ...]:
    """The purposes that rest on another basis than consent: a new person has a signal key for them at once."""
    return tuple(each.id for each in policy.purposes if each.legal_basis is not LegalBasis.CONSENT)


def _refuse_form(
    request: ConsentRequest, actor: ActorKind, rule: Rule | None, now: int
) -> WriteRefusal | None:
    if not _WRITABLE[actor]:
        return WriteRefusal.ACTOR_MAY_NOT
    if rule is None:
        return WriteRefusal.UNKNOWN_PURPOSE
    if request.status not in _WRITABLE[actor] or (request.by_signal and request.status in GRANTS):
        return WriteRefusal.UNKNOWN_STATUS
    if not _METHOD.fullmatch(request.method):
        return WriteRefusal.MALFORMED_METHOD
    if not _LOCALE.fullmatch(request.locale):
        return WriteRefusal.MALFORMED_LOCALE
    if request.jurisdiction is not None and not _JURISDICTION.fullmatch(request.jurisdiction):
        return WriteRefusal.MALFORMED_JURISDICTION
    return _refuse_terms(request, rule, now)


def _refuse_terms(request: ConsentRequest, rule: Rule, now: int) -> WriteRefusal | None:
    objectable = rule.legal_basis in OBJECTABLE
    by_consent = rule.legal_basis is LegalBasis.CONSENT
    if not by_consent and not objectable:
        return WriteRefusal.NOT_BY_CONSENT
    if request.status is Status.OBJECTED and not objectable:
        return WriteRefusal.NOT_OBJECTABLE
    if request.occurred_at is not None and request.occurred_at > now + MAX_CLOCK_AHEAD_SECONDS:
        return WriteRefusal.IN_THE_FUTURE
    return None


def _refuse_grant(change: ConsentChange, before: ConsentRecord | None) -> WriteRefusal | None:
    if before is None:
        return None
    if before.status in DENIALS and stronger(change.evidence, before.evidence) is not change.evidence:
        return WriteRefusal.LIFTS_A_DENIAL
    if before.status not in GRANTS and change.occurred_at < before.recorded_at:
        return WriteRefusal.BACK_DATED
    return None


def _on_another_basis(before: ConsentRecord | None, rule: Rule, shown: NoticesShown) -> bool:
    """Whether what was given before rested on consent and this does not, or the other way round."""
    if before is None:
        return False
    asked = shown.asked_for_consent(before.notice)
    return asked is not None and asked is not (rule.legal_basis is LegalBasis.CONSENT)


def _was_shown(request: ConsentRequest, change: ConsentChange, policy: Policy, shown: NoticesShown) -> bool:
    """Whether the notice in force can be what the person saw; who says no time acts now."""
    return not _names_another(request, change, policy) and (
        request.occurred_at is None or request.occurred_at >= shown.since
    )


def _names_another(request: ConsentRequest, change: ConsentChange, policy: Policy) -> bool:
    by_hash = request.notice not in (None, change.notice)
    return by_hash or request.notice_version not in (None, policy.notice_version)


def _bound(
    change: ConsentChange, request: ConsentRequest, rule: Rule, policy: Policy, shown: NoticesShown
) -> ConsentChange | WriteRefusal:
    """A grant, bound to the notice that the person saw: the one in force, or an earlier one named by its hash."""
    if not _names_another(request, change, policy):
        return change if _was_shown(request, change, policy, shown) else WriteRefusal.BEFORE_THE_NOTICE
    named = request.notice not in (None, change.notice)
    earlier = shown.earlier_of(rule, change.occurred_at) if named else None
    if earlier is None:
        return WriteRefusal.WRONG_NOTICE
    label = request.notice_version or f"sha256-{earlier.digest.hex()[:12]}"
    if not _LABEL.fullmatch(label):
        return WriteRefusal.WRONG_NOTICE
    if change.occurred_at < earlier.since:
        return WriteRefusal.BEFORE_THE_NOTICE
    until = change.occurred_at + min(rule.max_age_seconds, earlier.lasts_days * DAY_SECONDS)
    return replace(
        change, notice=earlier.digest, notice_version=label, version=earlier.version, valid_until=until
    )


def _change(
    request: ConsentRequest, actor: ActorKind, rule: Rule, policy: Policy, occurred_at: int, after: int
) -> ConsentChange:
    return ConsentChange(
        purpose=rule.id,
        status=request.status,
        version=rule.version,
        evidence=Evidence.SIGNAL if request.by_signal else weaker(EVIDENCE[actor], request.evidence),
        actor=actor,
        method=request.method,
        locale=request.locale,
        notice_version=policy.notice_version,
        notice=notice_shown(policy, rule.id, request.locale),
        ui_variant=request.ui_variant,
        jurisdiction=request.jurisdiction,
        assurance=ASSURANCE[actor],
        occurred_at=occurred_at,
        valid_until=occurred_at + rule.max_age_seconds if request.status in GRANTS else None,
        keyed=policy.purpose(rule.id) is not None,
        follows=after if request.status in GRANTS else None,
    )


def narrowed(change: ConsentChange, narrower: str, policy: Policy) -> ConsentChange:
    """The same change for a narrower purpose."""
    rule = policy.rules[policy.bits[narrower]]
    notice = None if change.notice is None else notice_shown(policy, narrower, change.locale)
    return replace(change, purpose=narrower, version=rule.version, notice=notice)


def notice_shown(policy: Policy, entry_id: str, locale: str) -> bytes | None:
    """The digest of the notice of a purpose or condition in a language; None if there is none."""
    notice = policy.notice(entry_id, locale)
    return None if notice is None else notice.digest
