"""Whether a rule that matched may act now, and if not, why: pure, in one fixed order.

    permission -> cooldown -> times per person -> offer held already -> quiet hours -> cap -> budget -> held out

Who is held out counts as if the rule had acted, so that the two groups differ in nothing but what it did.

Whoever asks and acts does so in one step of the event loop, so no two triggers share the last place.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo

from scoring.rules.model import ActionKind, Rule
from scoring.rules.standing import HELD_OUT, Standing

DAY_SECONDS = 86_400
OVERDUE_SECONDS = 3_600
"""A timer that could not be looked at for so long after its time does not act any more."""


class Suppression(StrEnum):
    """Why a rule that matched did not act: a closed list."""

    NOT_PERMITTED = "not_permitted"
    COOLDOWN = "cooldown"
    PER_PERSON = "per_person"
    HELD = "held"
    QUIET_HOURS = "quiet_hours"
    CAP = "cap"
    BUDGET = "budget"
    HOLDOUT = "holdout"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class NotificationLimits:
    """What holds for all notifications of a person together."""

    max_per_day: int = 2
    """In any 24 hours."""
    quiet_from_hour: int = 22
    """From this hour on there are none, by the clock of the zone."""
    quiet_to_hour: int = 8
    """Until this hour; the same hour means that there are no quiet hours."""
    zone: tzinfo = UTC
    """The zone of people of whom none is known."""


def judge(
    rule: Rule, standing: Standing, now: int, limits: NotificationLimits, spent: int, elsewhere: int = 0
) -> Suppression | None:
    """Why a permitted rule may not act for a person now; None if it may.

    Args:
        rule: which.
        standing: the person's.
        now: unix seconds.
        limits: for notifications.
        spent: how much of the rule's budget is gone.
        elsewhere: how often they were notified in the last day before it was known that it was them.
    """
    fired = [each.at for each in standing.fires if each.rule == rule.id]
    action = rule.action
    if fired and rule.cooldown_seconds and now - max(fired) < rule.cooldown_seconds:
        return Suppression.COOLDOWN
    if rule.max_per_person is not None and len(fired) >= rule.max_per_person:
        return Suppression.PER_PERSON
    if action.kind is ActionKind.OFFER and (
        standing.holds(action.name, now) or _would_hold(rule, standing, now)
    ):
        return Suppression.HELD
    if action.kind is ActionKind.NOTIFICATION:
        if _is_quiet(limits, standing.zone, now):
            return Suppression.QUIET_HOURS
        if standing.notified_since(now - DAY_SECONDS) + elsewhere >= limits.max_per_day:
            return Suppression.CAP
    if action.budget is not None and spent >= action.budget:
        return Suppression.BUDGET
    return None


def _would_hold(rule: Rule, standing: Standing, now: int) -> bool:
    """Whether somebody whom the rule leaves out would hold its offer now."""
    since = now - rule.action.valid_seconds
    return any(
        each.rule == rule.id and each.action == HELD_OUT and each.at > since for each in standing.fires
    )


def _is_quiet(limits: NotificationLimits, zone: str, now: int) -> bool:
    start, end = limits.quiet_from_hour, limits.quiet_to_hour
    hour = datetime.fromtimestamp(now, zone_of(zone) or limits.zone).hour
    return start <= hour < end if start <= end else hour >= start or hour < end


def zone_of(name: str) -> tzinfo | None:
    """A zone of the IANA database by its name; None if there is none of it."""
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        return None
    except KeyError:
        return None
