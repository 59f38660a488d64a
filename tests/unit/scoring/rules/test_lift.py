"""What a rule brought against the people whom it left out: the arms differ in nothing but the action, and numbers claim no more than they carry."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from scoring import (
    Action,
    ActionKind,
    Conversion,
    EffectKind,
    Engine,
    Firing,
    NotificationLimits,
    Rule,
    Suppression,
    compile_expression,
)
from scoring.permitted import PermittedOccurrence
from scoring.rules.lift import Group, lift_of

T = 1_899_979_200
DAY = 86_400


def engine_with(share_of: Any = lambda _rule, slot: slot % 2, **changes: Any) -> Engine:
    """Even people are held out."""
    values: dict[str, Any] = {
        "id": "r", "bit": 0, "on": frozenset({"view"}), "when": compile_expression("true"), "firing": Firing.MATCH,
        "action": Action(ActionKind.OFFER, "x", 1_000, 600), "conversion": Conversion("buy", 100), "holdout": 0.5,
    }  # fmt: skip
    engine = Engine(
        still_permitted=lambda _bit, _slot: True,
        limits=NotificationLimits(),
        granularity={0: 1},
        share_of=share_of,
    )
    engine.load([Rule(**(values | changes))], [], {})
    return engine


def see(engine: Engine, slot: int, event: str, at: int) -> list[Any]:
    seen = PermittedOccurrence(slot=slot, event=event, items=(), at=T + at, fields={})
    return [effect.reason or effect.kind for effect in engine.take(0, seen, T + at)]


def test_who_is_held_out_is_treated_alike_but_for_the_action() -> None:
    engine = engine_with(cooldown_seconds=50, max_per_person=2, action=Action(ActionKind.WEBHOOK, "x"))
    steps = (0, 10, 60, 120)
    acted = [see(engine, 1, "view", at) for at in steps]
    left_out = [see(engine, 2, "view", at) for at in steps]
    assert acted == [[EffectKind.FIRED], [Suppression.COOLDOWN], [EffectKind.FIRED], [Suppression.PER_PERSON]]
    assert left_out == [
        [Suppression.HOLDOUT],
        [Suppression.COOLDOWN],
        [Suppression.HOLDOUT],
        [Suppression.PER_PERSON],
    ]


def test_an_offer_that_they_would_hold_is_held() -> None:
    engine = engine_with()
    assert [see(engine, slot, "view", at)[0] for slot in (1, 2) for at in (0, 599, 600)] == [
        EffectKind.FIRED,
        Suppression.HELD,
        EffectKind.FIRED,
        Suppression.HOLDOUT,
        Suppression.HELD,
        Suppression.HOLDOUT,
    ]


def test_a_notification_that_was_not_sent_leaves_room_under_the_cap() -> None:
    engine = engine_with(action=Action(ActionKind.NOTIFICATION, "x"))
    assert [see(engine, 2, "view", at)[0] for at in range(3)] == [Suppression.HOLDOUT] * 3
    assert engine.memory.standing(0, 2).notified_since(T - DAY) == 0


def test_success_counts_by_person_in_both_arms_and_not_in_the_rules_own_number() -> None:
    engine = engine_with()
    for slot in range(10):
        see(engine, slot, "view", 0)
    for slot in (1, 3, 4):
        see(engine, slot, "buy", 50)
        see(engine, slot, "buy", 60)
    see(engine, 5, "buy", 500)
    assert engine.memory.compared(0, "r") == (Group(5, 2), Group(5, 1))
    assert engine.memory.statistics_of("r").conversions == 2
    engine.forget(0, 3)
    engine.forget(0, 4)
    assert engine.memory.compared(0, "r") == (Group(4, 1), Group(4, 0)), "who leaves is in no number"


def test_who_was_in_both_arms_is_in_neither() -> None:
    share = {"now": 0.9}
    engine = engine_with(lambda _rule, _slot: share["now"])
    see(engine, 1, "view", 0)
    share["now"] = 0.1
    see(engine, 1, "view", 700)
    assert engine.memory.compared(0, "r") == (Group(0, 0), Group(0, 0))


def test_what_is_taken_back_was_not_held_out() -> None:
    engine = engine_with()
    seen = PermittedOccurrence(slot=2, event="view", items=(), at=T, fields={})
    [effect] = engine.take(0, seen, T)
    assert engine.memory.compared(0, "r")[1].people == 1
    effect.undo()
    assert engine.memory.compared(0, "r")[1].people == 0


def test_a_record_brings_back_who_was_held_out_and_what_followed() -> None:
    live, again = engine_with(), engine_with()
    for slot in (1, 2):
        seen = PermittedOccurrence(slot=slot, event="view", items=(), at=T, fields={})
        [effect] = live.take(0, seen, T)
        again.relive(0, seen, 5, own=False)
        record = PermittedOccurrence(
            slot=slot, event=effect.kind.value, items=(), at=T, fields=dict(effect.fields)
        )
        again.relive(0, record, 6, own=True)
        bought = PermittedOccurrence(slot=slot, event="buy", items=(), at=T + 9, fields={})
        live.take(0, bought, T + 9)
        again.relive(0, bought, 7, own=False)
    assert again.memory.compared(0, "r") == live.memory.compared(0, "r") == (Group(1, 1), Group(1, 1))


@pytest.mark.parametrize(
    ("acted", "held_out", "verdict"),
    [
        (Group(10, 9), Group(10, 0), "too_few"),
        (Group(0, 0), Group(0, 0), "too_few"),
        (Group(900, 500), Group(100, 20), "better"),
        (Group(900, 180), Group(100, 55), "worse"),
        (Group(900, 180), Group(100, 21), "undecided"),
    ],
)
def test_a_verdict_is_what_the_numbers_carry(acted: Group, held_out: Group, verdict: str) -> None:
    found = lift_of(acted, held_out)
    assert found.verdict == verdict
    assert found.difference == pytest.approx(acted.rate - held_out.rate)
    assert found.interval.low <= found.difference <= found.interval.high


def test_where_a_rule_brings_nothing_hardly_any_look_says_otherwise() -> None:
    chance, alarms, runs = np.random.default_rng(20_261_121), 0, 200
    for _ in range(runs):
        successes = chance.random((2_000, 2)) < 0.2
        looks = range(100, 2_000, 100)
        found = (
            lift_of(Group(n, int(successes[:n, 0].sum())), Group(n // 4, int(successes[: n // 4, 1].sum())))
            for n in looks
        )
        alarms += any(each.verdict in ("better", "worse") for each in found)
    assert alarms / runs <= 0.05
