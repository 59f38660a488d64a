"""The engine alone: crossing and matching, absences in any order, groups, segments, undoing."""

from __future__ import annotations

from typing import Any

import pytest

from scoring import (
    Absence,
    Action,
    ActionKind,
    Effect,
    EffectKind,
    Engine,
    Firing,
    NotificationLimits,
    Rule,
    Segment,
    Suppression,
    compile_expression,
)
from scoring.permitted import PermittedOccurrence

T = 1_899_979_200


def a_rule(when: str, **changes: Any) -> Rule:
    values: dict[str, Any] = {
        "id": "r",
        "bit": 0,
        "on": frozenset({"view"}),
        "when": compile_expression(when),
        "firing": Firing.CROSSING,
        "action": Action(ActionKind.WEBHOOK, "x"),
    }
    return Rule(**(values | changes))


class Table:
    """An engine, and people who may refuse."""

    def __init__(self, *rules: Rule, segments: tuple[Segment, ...] = (), granularity: int = 1) -> None:
        self.refusing: set[int] = set()
        self.engine = Engine(
            still_permitted=lambda _, slot: slot not in self.refusing,
            limits=NotificationLimits(),
            granularity={0: granularity},
        )
        self.engine.load(rules, segments, {})

    def see(self, at: int, event: str = "view", slot: int = 1, **fields: Any) -> list[Effect]:
        seen = PermittedOccurrence(slot=slot, event=event, items=(), at=T + at, fields=fields)
        return self.engine.take(0, seen, T + at)

    def fires(self, *steps: tuple[int, str]) -> list[int]:
        """At which of these a rule fired."""
        return [at for at, event in steps for e in self.see(at, event) if e.kind is EffectKind.FIRED]

    def tick(self, at: int) -> list[EffectKind]:
        return [effect.kind for effect in self.engine.tick(T + at)]


def test_a_crossing_fires_again_only_after_it_ceased_to_hold() -> None:
    table = Table(a_rule('count("view", 10) > 1'))
    assert table.fires((0, "view"), (1, "view"), (2, "view"), (20, "view"), (21, "view")) == [1, 21]


def test_a_match_fires_each_time() -> None:
    table = Table(a_rule('count("view", 10) > 1', firing=Firing.MATCH))
    assert table.fires((0, "view"), (1, "view"), (2, "view")) == [1, 2]


def test_the_order_of_arrival_does_not_matter_to_a_window() -> None:
    table = Table(a_rule('count("view", 300) > 3'))
    fired = [at for at in (0, 60, 299, 120) for e in table.see(at) if e.kind is EffectKind.FIRED]
    assert fired == [120], "the late one completes the four"


def test_a_condition_that_lacks_a_field_is_unreadable_and_not_true() -> None:
    table = Table(a_rule('event.category != "hats"', firing=Firing.MATCH))
    assert table.see(0) == []
    assert table.engine.memory.statistics_of("r").unreadable == 1
    assert len(table.see(1, category="shoes")) == 1


ABSENT = Absence(900, frozenset({"buy", "view"}))


def test_an_absence_begins_anew_and_ends_and_is_never_too_early() -> None:
    table = Table(a_rule("true", absence=ABSENT, firing=Firing.MATCH))
    table.see(0)
    table.see(100)
    assert table.tick(999) == []
    assert table.tick(1000) == [EffectKind.FIRED]
    assert table.tick(1001) == []
    table.see(2000)
    table.see(2100, "buy")
    assert table.tick(9999) == []


def test_an_end_that_arrived_before_its_beginning_still_ends_it() -> None:
    table = Table(a_rule("true", absence=Absence(900, frozenset({"buy"})), firing=Firing.MATCH))
    table.see(60, "buy")
    table.see(30)
    assert table.tick(5000) == []


def test_a_purpose_with_coarse_times_waits_longer_and_never_shorter() -> None:
    table = Table(a_rule("true", absence=ABSENT, firing=Firing.MATCH), granularity=60)
    table.see(0)
    assert table.tick(958) == []
    assert table.tick(959) == [EffectKind.FIRED]


def test_a_timer_that_is_hours_late_or_refused_does_not_act() -> None:
    table = Table(a_rule("true", absence=ABSENT, firing=Firing.MATCH))
    table.see(0)
    (late,) = table.engine.tick(T + 900 + 3601)
    assert late.reason is Suppression.OVERDUE
    table.see(10_000)
    table.refusing.add(1)
    (refused,) = table.engine.tick(T + 10_900)
    assert refused.reason is Suppression.NOT_PERMITTED


def test_a_group_is_looked_at_together_and_each_member_is_asked() -> None:
    rule = a_rule('count("view", 300) >= 3 && count("view", 300, "name", "pricing") >= 1', group="acme")
    table = Table(rule, segments=(Segment(id="acme", bit=0, when=None),))
    for slot in (1, 2, 3):
        assert len(table.engine.join(table.engine.definitions.segments["acme"], slot, T)) == 1
    assert table.see(0, slot=1, name="pricing") == []
    assert table.see(1, slot=9, name="docs") == [], "a stranger does not count"
    assert table.see(2, slot=2, name="docs") == []
    table.refusing.add(3)
    effects = table.see(3, slot=2, name="docs")
    assert [(e.slot, e.kind, e.reason) for e in effects] == [
        (1, EffectKind.FIRED, None),
        (2, EffectKind.FIRED, None),
        (3, EffectKind.SUPPRESSED, Suppression.NOT_PERMITTED),
    ]
    table.engine.forget(0, 1)
    assert table.engine.memory.membership.of("acme") == [2, 3]


@pytest.mark.parametrize("kind", [ActionKind.OFFER, ActionKind.NOTIFICATION])
def test_what_is_undone_has_not_happened(kind: ActionKind) -> None:
    table = Table(a_rule("true", firing=Firing.MATCH, action=Action(kind, "x", 1)))
    before = table.engine.memory.pack(T)
    (effect,) = table.see(0)
    effect.undo()
    numbers = table.engine.memory.statistics_of("r")
    assert (numbers.fires, numbers.matches) == (0, 1)
    standing = table.engine.memory.standing(0, 1)
    assert (standing.fires, standing.offers) == ([], {})
    assert before != table.engine.memory.pack(T), "the signal itself was seen"
    assert [e.kind for e in table.see(1)] == [EffectKind.FIRED], "the budget is there again"


def test_rules_that_are_replaced_lose_their_timers_and_keep_their_numbers() -> None:
    table = Table(a_rule("true", absence=ABSENT, firing=Firing.MATCH))
    table.see(0)
    table.engine.load([a_rule("true", absence=ABSENT, firing=Firing.MATCH)], [], {})
    assert table.tick(5000) == []
    assert table.engine.memory.statistics_of("r").matches == 1
    table.engine.load([], [], {}, counted={"r": 0})
    assert table.engine.memory.statistics_of("r").matches == 1, "it is not in force, and it is there"
    table.engine.load([], [], {})
    assert table.engine.memory.statistics == {}
    assert len(table.engine.memory.traces) == 0


NOTE = Action(ActionKind.NOTIFICATION, "n")


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"action": NOTE}, Suppression.CAP),
        ({"max_per_person": 2}, Suppression.PER_PERSON),
        ({"cooldown_seconds": 2000}, Suppression.COOLDOWN),
    ],
)
def test_what_limits_a_rule_is_not_forgotten_for_what_other_rules_do(
    limits: dict[str, Any], reason: Suppression
) -> None:
    often = a_rule("true", id="often", on=frozenset({"add"}), firing=Firing.MATCH)
    table = Table(a_rule("true", firing=Firing.MATCH, **limits), often)
    first = [table.see(at)[0].reason for at in (0, 1)]
    for at in range(2, 502):
        assert table.see(at, "add")[0].kind is EffectKind.FIRED
    assert [effect.reason for effect in table.see(502)] == [reason]
    assert first[0] is None
    assert len(table.engine.memory.standing(0, 1).fires) < 110, "and what is remembered stays bounded"


def test_what_one_member_did_stands_in_nobody_elses_record() -> None:
    rule = a_rule('count("view", 300) >= 1', group="acme", include=("page",))
    table = Table(rule, segments=(Segment(id="acme", bit=0, when=None),))
    for slot in (1, 2):
        table.engine.join(table.engine.definitions.segments["acme"], slot, T)
    said = {effect.slot: effect.fields.get("page") for effect in table.see(0, slot=2, page="pricing")}
    assert said == {1: None, 2: "pricing"}


def test_who_does_not_belong_to_a_group_any_more_is_neither_counted_nor_acted_on() -> None:
    keen = Segment(id="keen", bit=0, when=compile_expression('count("view", 10) >= 1'))
    rule = a_rule('count("buy", 300) >= 2', on=frozenset({"buy"}), group="keen")
    table = Table(rule, segments=(keen,))
    table.see(0, slot=1)
    table.see(1, "buy", slot=1)
    table.see(20, slot=2)
    assert [e.kind for e in table.see(21, "buy", slot=2)] == [EffectKind.LEFT], "one of the two is left"
    fired = table.see(22, "buy", slot=2)
    assert [(e.slot, e.kind) for e in fired] == [(2, EffectKind.FIRED)]


def test_a_timer_acts_on_nobody_who_does_not_belong_to_the_group_any_more() -> None:
    keen = Segment(id="keen", bit=0, when=compile_expression('count("view", 950) >= 1'))
    rule = a_rule("true", absence=Absence(900, frozenset({"buy"})), firing=Firing.MATCH, group="keen")
    table = Table(rule, segments=(keen,))
    table.see(0, slot=1)
    table.see(100, slot=2)
    acted = [(effect.slot, effect.kind) for effect in table.engine.tick(T + 1000)]
    assert (1, EffectKind.LEFT) in acted
    assert {slot for slot, kind in acted if kind is EffectKind.FIRED} == {2}


def test_who_moved_without_a_record_that_says_so_did_not() -> None:
    keen = Segment(id="keen", bit=0, when=compile_expression('count("view", 10) >= 1'))
    table = Table(a_rule("true"), segments=(keen,))
    for slot in (1, 2, 3):
        seen = PermittedOccurrence(slot=slot, event="view", items=(), at=T, fields={})
        table.engine.relive(0, seen, 5, own=False)
    told = PermittedOccurrence(slot=2, event="Segment Joined", items=(), at=T, fields={"segment": "keen"})
    table.engine.relive(0, told, 6, own=True)
    table.engine.forget(0, 3)
    table.engine.go_live()
    assert table.engine.memory.membership.of("keen") == [2]


def test_a_stranger_to_a_group_costs_no_look_at_its_members() -> None:
    keen = Segment(id="keen", bit=0, when=compile_expression('count("view", 10) >= 1'))
    rule = a_rule('count("buy", 300) >= 2', on=frozenset({"buy"}), group="keen")
    table = Table(rule, segments=(keen,))
    table.see(0, slot=1)
    table.see(15, slot=2)
    assert table.see(20, "buy", slot=3) == [], "who had left by then is not looked at"
    assert [(e.slot, e.kind) for e in table.see(20, "buy", slot=2)] == [(1, EffectKind.LEFT)]
    table.see(20, slot=1)
    assert [(e.slot, e.kind) for e in table.see(20, "buy", slot=2)] == [
        (1, EffectKind.FIRED),
        (2, EffectKind.FIRED),
    ], "whoever came back within the same second is in it"
