"""Prompts: what a person may be asked now, and what their answers come to. Pure.

Asking again and again wears people down until they say yes, so an answer is left alone for as long as it holds:

| where the person stands | may be asked |
|---|---|
| never answered, run out, invalidated, given before a material new version, or under a notice that is not kept | now |
| given, and in force | when it runs out |
| refused, withdrawn, revoked or objected, here or for a broader purpose | when a consent given then would run out |
| the same, for a purpose that an opt-out signal denies | then, and not before twelve months are over |
| an opt-out signal is being sent, and it denies this purpose | not before twelve months from now |
| processing is restricted, or a minor where none are allowed | not while that holds |

A refusal is not asked about again because the text has a new version: it refuses that one too.

Only what rests on consent is asked. Answers are judged all together, before any is written; an answer that changes nothing is not
written again, so a consent is not renewed by looking at it.

An opt-out signal that comes with answers is written too, as a refusal by signal of what it denies and nobody has answered
yet: from that the twelve months count when the signal is gone.

Source: California 11 CCR 7026 and Civil Code 1798.135 (twelve months before asking again); Global Privacy Control.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from enum import StrEnum

import msgspec

from consent.admission import ConsentRequest, WriteRefusal, admit
from consent.decision import Resolution, resolve
from consent.model import (
    DENIALS,
    GRANTS,
    ActorKind,
    ConsentRecord,
    Evidence,
    LegalBasis,
    Reason,
    Status,
    stronger,
)
from consent.policy import Policy, Rule
from privacy import DAY_SECONDS

OPT_OUT_SECONDS = 365 * DAY_SECONDS
"""Twelve months after an opt-out, nobody is asked again."""

SIGNAL_METHOD = "global privacy control"
"""How a refusal by signal came about."""


class PromptReason(StrEnum):
    """Why a purpose may be asked about now, or may not."""

    NO_CONSENT = "no_consent"
    GIVEN = "given"
    REFUSED = "refused"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    UNPROVABLE = "unprovable"
    OPT_OUT_SIGNAL = "opt_out_signal"
    RESTRICTED = "restricted"
    MINOR = "minor"


_NEVER_MEANWHILE = frozenset({PromptReason.RESTRICTED, PromptReason.MINOR})


class Prompt(msgspec.Struct, frozen=True):
    """Whether one purpose or condition may be asked about."""

    purpose: str
    """The purpose's id."""
    version: int
    """Its version in force."""
    permitted: bool
    """Whether it is permitted now."""
    may_ask: bool
    """Whether it may be asked about now."""
    not_before: int | None
    """When it may be asked about at the earliest (unix seconds); None if now, or if no time is known."""
    reason: PromptReason
    """Why the person is asked."""


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What a person said to prompts."""

    choices: Mapping[str, bool]
    """Id of a purpose or condition -> yes or no."""
    method: str
    """How the person showed their will."""
    locale: str
    """The language of the notice."""
    notice_version: str | None
    """Which notice was shown; None means the one in force."""
    opt_out_signal: bool
    """Whether an opt-out signal came with the answers."""
    ui_variant: bytes | None = None
    """SHA-256 of what was on the screen, if it is known."""


def prompts_for(
    records: Mapping[str, ConsentRecord] | None,
    policy: Policy,
    now: int,
    notices: Container[bytes],
    *,
    opt_out_signal: bool = False,
) -> tuple[Prompt, ...]:
    """What a person may be asked: one prompt for everything that rests on consent, in the policy's order.

    Args:
        records: the person's records; None when nobody is known, which looks like somebody who never answered.
        policy: in force.
        now: unix seconds.
        notices: the digests of the notices that are kept.
        opt_out_signal: whether Global Privacy Control is being asserted for this person now.
    """
    resolution = resolve(records, policy, now, notices)
    signalled = policy.gpc_mask if opt_out_signal else 0
    return tuple(
        _prompt(rule, records or {}, policy, resolution, now, bool(signalled >> rule.bit & 1))
        for rule in policy.rules
        if rule.legal_basis is LegalBasis.CONSENT
    )


def judge_answers(
    answers: Answers,
    actor: ActorKind,
    records: Mapping[str, ConsentRecord] | None,
    policy: Policy,
    now: int,
    notices: Container[bytes],
) -> tuple[ConsentRequest, ...] | WriteRefusal:
    """What has to be written for these answers: every no before any yes.

    Args:
        answers: what was said.
        actor: who brings them, as authenticated.
        records: the person's records; None when nobody is known.
        policy: in force.
        now: unix seconds.
        notices: the digests of the notices that are kept.

    Returns:
        The writes; none for what is so already. A refusal if one of the answers cannot be written: then none is.
    """
    requests = _signalled(answers, records or {}, policy)
    for purpose in sorted(answers.choices, key=lambda each: answers.choices[each]):
        rule = policy.rule(purpose)
        if rule is None:
            return WriteRefusal.UNKNOWN_PURPOSE
        if rule.legal_basis is not LegalBasis.CONSENT:
            return WriteRefusal.NOT_BY_CONSENT
        yes = answers.choices[purpose]
        if yes and answers.opt_out_signal and policy.gpc_mask >> rule.bit & 1:
            return WriteRefusal.DENIED_BY_SIGNAL
        record = (records or {}).get(purpose)
        if record is not None and _is_so_already(record, yes, actor, policy, now, notices):
            continue
        request = ConsentRequest(
            purpose=purpose,
            status=_status(yes, record),
            method=answers.method,
            locale=answers.locale,
            notice_version=answers.notice_version,
            ui_variant=answers.ui_variant,
        )
        verdict = admit(request, actor, records, policy, now)
        if isinstance(verdict, WriteRefusal):
            return verdict
        requests.append(request)
    return tuple(requests)


def _signalled(
    answers: Answers, records: Mapping[str, ConsentRecord], policy: Policy
) -> list[ConsentRequest]:
    """The refusals that the opt-out signal itself is, where nobody has answered."""
    return [
        ConsentRequest(
            purpose=rule.id,
            status=Status.REFUSED,
            method=SIGNAL_METHOD,
            locale=answers.locale,
            notice_version=answers.notice_version,
            by_signal=True,
        )
        for rule in policy.rules
        if answers.opt_out_signal
        and policy.gpc_mask >> rule.bit & 1
        and rule.legal_basis is LegalBasis.CONSENT
        and rule.id not in records
        and rule.id not in answers.choices
    ]


def _prompt(
    rule: Rule,
    records: Mapping[str, ConsentRecord],
    policy: Policy,
    resolution: Resolution,
    now: int,
    signalled: bool,
) -> Prompt:
    reason = _reason(resolution.reason(rule.bit))
    not_before = _quiet_until(rule, records, policy, reason)
    if signalled:
        reason = PromptReason.OPT_OUT_SIGNAL
        not_before = max(not_before or 0, now + OPT_OUT_SECONDS)
    permitted = reason is PromptReason.GIVEN
    if reason in _NEVER_MEANWHILE:
        return Prompt(rule.id, rule.version, permitted, False, None, reason)
    may_ask = not_before is None or now >= not_before
    return Prompt(rule.id, rule.version, permitted, may_ask, None if may_ask else not_before, reason)


def _reason(why_not: Reason | None) -> PromptReason:
    if why_not is None:
        return PromptReason.GIVEN
    return PromptReason.NO_CONSENT if why_not is Reason.NO_RECORD else PromptReason(why_not.value)


def _quiet_until(
    rule: Rule, records: Mapping[str, ConsentRecord], policy: Policy, reason: PromptReason
) -> int | None:
    """Until when nobody asks, as far as the ledger says; None if it says nothing."""
    record = records.get(rule.id)
    if reason is PromptReason.REFUSED:
        concerned = (records.get(each) for each in (rule.id, *rule.broader))
        denials = [each for each in concerned if each is not None and each.status in DENIALS]
        quiet = max(_quiet_after(each, policy) for each in denials)
        if record is not None and record.status in GRANTS:  # the broader purpose has to be asked about
            return max(quiet, _ends(record, rule))
        return quiet
    if record is None:
        return None
    if reason is PromptReason.GIVEN:
        return _ends(record, rule)
    return record.recorded_at  # a clock that stands before the answer asks nothing


def _ends(grant: ConsentRecord, rule: Rule) -> int:
    until = grant.given_at + rule.max_age_seconds
    return until if grant.valid_until is None else min(until, grant.valid_until)


def _quiet_after(denial: ConsentRecord, policy: Policy) -> int:
    rule = policy.rules[policy.bits[denial.purpose]]
    sensitive = policy.gpc_mask >> rule.bit & 1
    return denial.recorded_at + max(rule.max_age_seconds, OPT_OUT_SECONDS if sensitive else 0)


def _is_so_already(
    record: ConsentRecord,
    yes: bool,
    actor: ActorKind,
    policy: Policy,
    now: int,
    notices: Container[bytes],
) -> bool:
    rule = policy.rules[policy.bits[record.purpose]]
    evidence = Evidence.USER_ACTION if actor is ActorKind.PERSON else Evidence.APP_ASSERTED
    if stronger(record.evidence, evidence) is not record.evidence:
        return False
    if not yes:
        return record.status in DENIALS and now < _quiet_after(record, policy)
    in_force = (
        record.status in GRANTS and record.sequenced and record.recorded_at <= now < _ends(record, rule)
    )
    return in_force and record.version == rule.version and record.notice in notices


def _status(yes: bool, record: ConsentRecord | None) -> Status:
    if yes:
        return Status.GIVEN
    return Status.WITHDRAWN if record is not None and record.status in GRANTS else Status.REFUSED
