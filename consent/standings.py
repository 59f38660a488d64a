"""Standings: the change that restricts all processing for a person, says that they are a minor, or lifts it. Pure."""

from __future__ import annotations

from consent.admission import ASSURANCE, EVIDENCE
from consent.model import STANDINGS, ActorKind, ConsentChange, Status
from consent.policy import Policy


def stand(
    standing: str, in_force: bool, actor: ActorKind, policy: Policy, now: int, *, age_band: str | None = None
) -> ConsentChange:
    """The change that puts a person's standing in force, or lifts it.

    Args:
        standing: `RESTRICTION` or `MINORITY`.
        in_force: whether it is to hold.
        actor: who asks: a person, or an app.
        policy: in force.
        now: unix seconds.
        age_band: of a minor: which ages the person may have; never a birth date.
    """
    if standing not in STANDINGS:
        raise ValueError("there is no such standing")
    return ConsentChange(
        purpose=standing,
        status=Status.RESTRICTED if in_force else Status.INVALIDATED,
        version=1,
        evidence=EVIDENCE[actor],
        actor=actor,
        method="standing",
        locale=policy.default_locale,
        notice_version=policy.notice_version,
        assurance=ASSURANCE[actor],
        age_band=age_band,
        occurred_at=now,
        keyed=False,
    )
