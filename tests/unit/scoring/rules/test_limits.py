"""Whether a rule may act: each reason at its edge, and the order in which they are asked."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from scoring import (
    Action,
    ActionKind,
    Firing,
    NotificationLimits,
    Rule,
    Standing,
    Suppression,
    compile_expression,
)
from scoring.rules.limits import DAY_SECONDS, judge, zone_of
from scoring.rules.standing import Fire

NOON = 1_899_979_200
"""12:00 UTC, in March."""
HOUR = 3_600
LIMITS = NotificationLimits()


def rule(kind: ActionKind = ActionKind.NOTIFICATION, budget: int | None = None, **more: int) -> Rule:
    return Rule(
        id="r",
        bit=0,
        on=frozenset({"e"}),
        when=compile_expression("true"),
        firing=Firing.MATCH,
        action=Action(kind, "x", budget),
        **more,  # type: ignore[arg-type]
    )


def after(*fires: int, of: str = "r", action: str = "notification") -> Standing:
    return Standing([Fire(of, action, at) for at in fires])


def test_a_cap_counts_every_rule_and_any_twenty_four_hours() -> None:
    both = Standing([Fire("r", "notification", NOON), Fire("other", "notification", NOON + 1)])
    assert judge(rule(), both, NOON + HOUR, LIMITS, 0) is Suppression.CAP
    assert judge(rule(), both, NOON + DAY_SECONDS - 1, LIMITS, 0) is Suppression.CAP
    assert judge(rule(), both, NOON + DAY_SECONDS, LIMITS, 0) is None
    assert judge(rule(ActionKind.WEBHOOK), both, NOON + HOUR, LIMITS, 0) is None
    one = after(NOON, action="notification")
    assert judge(rule(), one, NOON + HOUR, LIMITS, 0) is None
    assert judge(rule(), one, NOON + HOUR, LIMITS, 0, elsewhere=1) is Suppression.CAP
    assert judge(rule(), after(NOON, NOON, action="webhook"), NOON + HOUR, LIMITS, 0) is None


@pytest.mark.parametrize(
    ("seconds", "quiet"),
    [(-4 * HOUR - 1, True), (-4 * HOUR, False), (10 * HOUR - 1, False), (10 * HOUR, True)],
)
def test_the_night_lasts_from_22_to_8(seconds: int, *, quiet: bool) -> None:
    expected = Suppression.QUIET_HOURS if quiet else None
    assert judge(rule(), Standing(), NOON + seconds, LIMITS, 0) is expected


def test_the_persons_own_clock_counts_before_the_configured_one() -> None:
    tokyo = Standing(zone="Asia/Tokyo")  # 21:00
    assert judge(rule(), tokyo, NOON, LIMITS, 0) is None
    assert judge(rule(), tokyo, NOON + HOUR, LIMITS, 0) is Suppression.QUIET_HOURS
    nowhere = Standing(zone="../../etc/passwd")
    in_berlin = NotificationLimits(zone=ZoneInfo("Europe/Berlin"))  # 13:00
    assert judge(rule(), nowhere, NOON + 9 * HOUR, in_berlin, 0) is Suppression.QUIET_HOURS
    assert judge(rule(), nowhere, NOON + 9 * HOUR, LIMITS, 0) is None
    by_day = NotificationLimits(quiet_from_hour=9, quiet_to_hour=17)
    assert judge(rule(), Standing(), NOON, by_day, 0) is Suppression.QUIET_HOURS
    never = NotificationLimits(quiet_from_hour=9, quiet_to_hour=9)
    assert judge(rule(), Standing(), NOON - 3 * HOUR, never, 0) is None


def test_cooldown_times_and_budget_at_their_edges() -> None:
    resting = rule(ActionKind.WEBHOOK, cooldown_seconds=60)
    assert judge(resting, after(NOON), NOON + 59, LIMITS, 0) is Suppression.COOLDOWN
    assert judge(resting, after(NOON), NOON + 60, LIMITS, 0) is None
    twice = rule(ActionKind.WEBHOOK, max_per_person=2)
    assert judge(twice, after(1), NOON, LIMITS, 0) is None
    assert judge(twice, after(1, 2), NOON, LIMITS, 0) is Suppression.PER_PERSON
    offered = rule(ActionKind.OFFER, budget=3)
    assert judge(offered, Standing(), NOON, LIMITS, 2) is None
    assert judge(offered, Standing(), NOON, LIMITS, 3) is Suppression.BUDGET
    holding = Standing(offers={"x": NOON + 1})
    assert judge(offered, holding, NOON, LIMITS, 3) is Suppression.HELD
    assert judge(offered, holding, NOON + 1, LIMITS, 2) is None


def test_a_zone_is_one_of_the_database_or_none() -> None:
    assert zone_of("Europe/Berlin") is not None
    assert [zone_of(name) for name in ("", "Europe", "Mars/Olympus", "../x", "a\0b")] == [None] * 5
