"""What is known of a person's age: a band, never a birth date; and who may say so. Pure.

| said | by an app | by the person (a token bound to them) | by an administrator |
|---|---|---|---|
| under eighteen | holds at once | holds at once | holds at once |
| eighteen or over, and nobody said otherwise | nothing to write | nothing to write | nothing to write |
| eighteen or over, after the person said less | refused | lifts it | lifts it |
| eighteen or over, after an app said less | refused | refused | lifts it |

A child would say that they are older, too. Whoever is under eighteen is not profiled: no purpose with `minors_allowed = false` is
permitted, whatever was consented to; and whoever says later that they are an adult is asked anew. Where an administrator says
so, what was consented to before anybody said less stays. What an adult says is not kept, because it changes nothing.

Source: GDPR art. 8 and recitals 38 and 71; UN Convention on the Rights of the Child art. 1 (under eighteen).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

from consent.admission import WriteRefusal, notice_shown
from consent.model import (
    GRANTS,
    MINORITY,
    ActorKind,
    ConsentChange,
    ConsentEvent,
    ConsentRecord,
    Evidence,
    LegalBasis,
    Status,
)
from consent.policy import Policy
from consent.standings import stand


class AgeBand(StrEnum):
    """How old somebody is, as coarsely as the laws need it."""

    CHILD = "0-12"
    YOUNGER_TEEN = "13-15"
    OLDER_TEEN = "16-17"
    ADULT = "18+"


def state_age(
    band: AgeBand,
    actor: ActorKind,
    last: ConsentEvent | None,
    policy: Policy,
    now: int,
    *,
    by_administrator: bool = False,
) -> ConsentChange | WriteRefusal | None:
    """Judge what is said of a person's age.

    Args:
        band: what is said.
        actor: who says so.
        last: the last event of their `MINORITY`; None if there is none.
        policy: in force.
        now: unix seconds.
        by_administrator: whether whoever asks answers for the controller.

    Returns:
        The change to record; None if it changes nothing; why it is not admitted.
    """
    in_force = last is not None and last.status is Status.RESTRICTED
    if band is not AgeBand.ADULT:
        if in_force and last is not None and last.age_band == band:
            return None
        return stand(MINORITY, True, actor, policy, now, age_band=band.value)
    if not in_force or last is None:
        return None
    own = actor is ActorKind.PERSON and last.evidence is Evidence.USER_ACTION
    if not own and not by_administrator:
        return WriteRefusal.LIFTS_A_PROTECTION
    return stand(MINORITY, False, actor, policy, now)


def minor_since(history: Iterable[ConsentEvent]) -> int:
    """The event that said first that somebody is a minor, of those that nobody took back: its `seq`; 0 if there is none."""
    since = 0
    for event in history:
        if event.purpose == MINORITY:
            since = 0 if event.status is not Status.RESTRICTED else since or event.seq
    return since


def outgrown(
    records: Mapping[str, ConsentRecord], actor: ActorKind, policy: Policy, now: int, *, after: int = 0
) -> list[ConsentChange]:
    """What somebody consented to before it is said that they are an adult now, where none of it is allowed to minors.

    They said so as a minor, as far as is known: it is found not to be valid, so that it does not come back unasked.

    Args:
        records: the person's.
        actor: who says that they are an adult.
        policy: in force.
        now: unix seconds.
        after: only what was recorded after the event of this `seq`.
    """
    template = stand(MINORITY, False, actor, policy, now)
    return [
        msgspec.structs.replace(
            template,
            purpose=rule.id,
            version=rule.version,
            notice=notice_shown(policy, rule.id, policy.default_locale),
            keyed=policy.purpose(rule.id) is not None,
        )
        for rule in policy.rules
        if rule.legal_basis is LegalBasis.CONSENT
        and not rule.minors_allowed
        and rule.id in records
        and records[rule.id].status in GRANTS
        and records[rule.id].seq > after
    ]
