"""A dry run keeps nobody waiting, however much time passed in it."""

from __future__ import annotations

import asyncio

from gateway.rules.rehearsal import Rehearsed, _let_time_pass
from scoring import (
    Absence,
    Action,
    ActionKind,
    Engine,
    Firing,
    NotificationLimits,
    Rule,
    compile_expression,
)
from scoring.permitted import PermittedOccurrence

T = 1_899_979_200
PEOPLE = 64


async def test_timers_that_are_due_after_a_quiet_time_fire_with_the_loop_given_back():
    rule = Rule(
        id="r",
        bit=0,
        on=frozenset({"view"}),
        when=compile_expression("true"),
        firing=Firing.MATCH,
        absence=Absence(900, frozenset({"buy"})),
        action=Action(ActionKind.WEBHOOK, "x"),
    )
    engine = Engine(still_permitted=lambda _, __: True, limits=NotificationLimits(), granularity={0: 1})
    engine.load([rule], (), {})
    for slot in range(PEOPLE):
        seen = PermittedOccurrence(slot=slot, event="view", items=(), at=T + slot, fields={})
        engine.take(0, seen, T + slot)
    outcome, turns = Rehearsed(), []

    async def somebody_else() -> None:
        while True:
            turns.append(outcome.people)
            await asyncio.sleep(0)

    other = asyncio.create_task(somebody_else())
    await _let_time_pass(engine, T + 3000, outcome)
    other.cancel()
    assert outcome.people == PEOPLE
    assert len([fired for fired in turns if 0 < fired < PEOPLE]) >= 3
