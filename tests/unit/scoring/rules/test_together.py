"""What a group did together, and who still belongs to it, against asking every member anew each time; and for how few it is asked."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from scoring import Engine, Firing, Segment, compile_expression
from scoring.features import (
    NEVER,
    Feature,
    Measure,
    Sort,
    State,
    Trace,
    Traces,
    count_within,
    last_seen,
    measure,
)
from scoring.permitted import PermittedOccurrence
from scoring.rules.cel_words import read_words
from scoring.rules.looking_again import LookingAgain, Watch
from scoring.rules.thresholds import compared_with
from scoring.rules.together import Together
from scoring.segments import Membership
from tests.unit.scoring.rules.test_engine import T, Table, a_rule

GROUP = "g"
FEATURES = (
    Feature(Measure.COUNT, "view", 50),
    Feature(Measure.COUNT, "view", 200, "shelf"),
    Feature(Measure.COUNT, "view", 200, "shelf", "hats"),
    Feature(Measure.DISTINCT, "view", 90, "shelf"),
    Feature(Measure.SECONDS_SINCE, "view"),
    Feature(Measure.SECONDS_SINCE, "buy"),
)


def asked_of_all(feature: Feature, traces: list[Trace], at: int, present: str | None) -> int | float:
    """The same, from every member's trace."""
    at = max([at, *(trace.latest for trace in traces)])
    [state] = feature.states
    if feature.measure is Measure.COUNT:
        return sum(measure(feature, trace, at, present) for trace in traces)
    if feature.measure is Measure.DISTINCT:
        return len({value for trace in traces for value in count_within(trace, state, at, feature.seconds)})
    newest = [seen for trace in traces if (seen := last_seen(trace, state, at)) is not None]
    return at - max(newest) if newest else NEVER


class Crowd:
    """People who come, go, and do things at random, and what is known of them."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.watch = Watch(lambda _bit, slot: [GROUP] if self.membership.holds(GROUP, slot) else [])
        self.traces, self.membership = Traces(self.watch.did), Membership(self.watch.moved)
        self.traces.declare(0, {state for feature in FEATURES for state in feature.states})
        self.together = Together(self.traces, self.membership, self.watch)
        self.now = T

    def step(self) -> None:
        """Something happens to somebody."""
        chance, slot = self.chance, self.chance.randrange(12)
        acts: list[Callable[[], object]] = [lambda: self.do(slot)] * 12
        acts += [lambda: self.membership.join(GROUP, slot), lambda: self.membership.leave(GROUP, slot)]
        acts += [lambda: self.traces.forget(0, slot), lambda: self.traces.age(0, slot, self.now - 60)]
        self.now += chance.choice((0, 0, 1, 7, 40))
        chance.choice(acts)()

    def do(self, slot: int) -> None:
        """Somebody does something, perhaps seen late."""
        fields = {"shelf": self.chance.choice(("hats", "shoes", "bags"))}
        at = self.now - self.chance.choice((0, 0, 0, 30, 120))
        event = self.chance.choice(("view", "view", "buy"))
        self.traces.write(0, PermittedOccurrence(slot=slot, event=event, items=(), at=at, fields=fields))


@pytest.mark.parametrize("seed", range(6))
def test_a_group_comes_to_what_its_members_come_to(seed: int) -> None:
    crowd = Crowd(seed)
    seen = set()
    for _ in range(800):
        crowd.step()
        members = [crowd.traces.of(0, slot) for slot in crowd.membership.of(GROUP)]
        for feature in FEATURES:
            found = crowd.together.value(feature, 0, GROUP, crowd.now, "shoes")
            assert found == asked_of_all(feature, members, crowd.now, "shoes"), feature
            seen.add((feature, found))
    assert len(seen) > 100, "they come to many things"


def test_nothing_is_counted_of_who_is_gone_though_nobody_asks_again() -> None:
    crowd = Crowd(0)
    for slot in (1, 2):
        crowd.membership.join(GROUP, slot)
        crowd.do(slot)
    for feature in FEATURES:
        crowd.together.value(feature, 0, GROUP, crowd.now, "shoes")
    kept = [each._shares for each in crowd.together._windows.values()]
    kept += [each._times for each in crowd.together._newest.values()]
    assert any(1 in each for each in kept)
    crowd.traces.forget(0, 1)
    assert not any(1 in each for each in kept)
    assert any(2 in each for each in kept)


def test_time_that_falls_leaves_nobody_behind_who_is_told_of_every_event(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crowd, told, touch = Crowd(0), [], LookingAgain.touch
    crowd.membership.join(GROUP, 1)

    def telling(looking: LookingAgain, slot: int) -> None:
        told.append(looking)
        touch(looking, slot)

    for at in (T + 50, T, T + 50, T, T + 50, T):
        for feature in FEATURES:
            crowd.together.value(feature, 0, GROUP, at, "shoes")
    monkeypatch.setattr(LookingAgain, "touch", telling)
    crowd.do(1)
    assert len(told) == len(crowd.together._windows) + len(crowd.together._newest)


def test_an_event_of_a_member_costs_as_many_looks_in_a_large_group_as_in_a_small_one() -> None:
    keen = Segment(
        id="keen", bit=0, when=compile_expression('count("view", 900) > 0 && seconds_since("view") < 600')
    )
    rule = a_rule('count("page", 300) > 900', on=frozenset({"page"}), firing=Firing.MATCH, group="keen")
    looks = []
    for size in (10, 1_000):
        table = Table(rule, segments=(keen,))
        for slot in range(size):
            table.see(0, slot=slot)
        table.see(1, "page", slot=0)
        traces = table.engine.memory.traces
        asked, of = [], traces.of
        traces.of = lambda bit, slot, asked=asked, of=of: asked.append(slot) or of(bit, slot)  # type: ignore[method-assign]
        for at in range(2, 300):
            table.see(at, "page", slot=1)
        looks.append(len(asked))
    assert looks[0] == looks[1]


CONDITIONS = (
    'count("view", 60) > 1',
    'distinct("view", 90, "shelf") > 1',
    'seconds_since("view") < 45 || seconds_since("buy") >= 200',
    '100 > seconds_since("view") && count("buy", 100) == 0',
    'seconds_since("view") + seconds_since("buy") < 150',
    'session_seconds() > 100 && session_count("view") > 2',
    'count("view", 90) > 0 && !in_segment("other")',
    'count("view", 5000) > 0 && now.hour % 2 == 0',
)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_who_is_left_in_a_group_belongs_to_it_and_who_left_does_not(condition: str) -> None:
    chance = Random(5)
    keen = Segment(id="keen", bit=0, when=compile_expression(condition))
    other = Segment(id="other", bit=0, when=None)
    rule = a_rule("true", on=frozenset({"page"}), firing=Firing.MATCH, group="keen")
    table = Table(rule, segments=(keen, other))
    engine: Engine = table.engine
    at, left = 0, 0
    for _ in range(500):
        at += chance.choice((0, 1, 5, 30, 400))
        slot, act = chance.randrange(8), chance.randrange(12)
        if act == 0:
            engine.join(other, slot, T + at)
        elif act == 1:
            engine.forget(0, slot)
        else:
            table.see(at, chance.choice(("view", "view", "buy", "page")), slot, shelf=chance.choice("abc"))
        before = engine.memory.membership.of("keen")
        engine._leaving.of("keen", T + at)
        after = engine.memory.membership.of("keen")
        left += len(before) - len(after)
        for each in before:
            present = engine._moving.present(0, each, T + at)
            assert (each in after) is engine._conditions.belongs(keen, present)
    assert left > 5, "some leave by time alone"


@pytest.mark.parametrize("deepest", [*CONDITIONS[1:3], *CONDITIONS[4:6]])
def test_who_is_left_in_a_group_belongs_to_it_by_way_of_the_segments_that_it_reads(deepest: str) -> None:
    chance = Random(6)
    conditions = {
        "low": deepest,
        "mid": 'in_segment("low") && seconds_since("buy") > 20',
        "keen": '!in_segment("mid")',
    }
    segments = {
        name: Segment(id=name, bit=0, when=compile_expression(text)) for name, text in conditions.items()
    }
    rule = a_rule("true", on=frozenset({"page"}), firing=Firing.MATCH, group="keen")
    table = Table(rule, segments=tuple(segments.values()))
    engine: Engine = table.engine
    at, left = 0, 0
    for _ in range(400):
        at += chance.choice((0, 1, 5, 30, 400))
        slot = chance.randrange(6)
        table.see(at, chance.choice(("view", "view", "buy", "page")), slot, shelf=chance.choice("abc"))
        before = engine.memory.membership.of("keen")
        engine._leaving.of("keen", T + at)
        after = engine.memory.membership.of("keen")
        left += len(before) - len(after)
        for each in before:
            present = engine._moving.present(0, each, T + at)
            for name in ("low", "mid", "keen"):
                belongs = engine._conditions.belongs(segments[name], present)
                assert (each in engine.memory.membership.of(name)) is belongs, name
    assert left, "some leave since time goes by for what it reads"


def test_what_is_planned_comes_once_and_what_is_put_off_does_not_pile_up() -> None:
    looking = LookingAgain([3, 1])
    assert looking.pop(0) == [1, 3]
    for due in range(1, 1_000):
        looking.plan(1, due)
    assert len(looking._heap) < 100
    looking.plan(2, 50)
    assert looking.pop(998) == [2]
    assert looking.pop(999) == [1]
    looking.plan(1, 1_200)
    looking.plan(1, None)
    assert looking.pop(2_000) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("f < 5 && (g >= 3 || 2.5 == f)", {"f": {5.0, 2.5}, "g": {3.0}}),
        ("f < 5 && f + 1 > 2", {}),
        ("f - 5 < 3 || 5 - f < 3 || g > 1", {"g": {1.0}}),
        ("f < 5 == true || g < f", {}),
        ("-f < 5 || !(g != 4)", {"g": {4.0}}),
    ],
)
def test_numbers_that_something_is_held_against_are_known_where_that_is_all(
    text: str, found: dict[str, set[float]]
) -> None:
    assert compared_with(read_words(text), {"f", "g"}) == found


def test_a_state_without_a_field_has_one_value() -> None:
    trace = Trace()
    state = State(Sort.TIMES, "view")
    trace.write([state], T, (), {})
    assert count_within(trace, state, T, 10) == {"": 1}
    assert count_within(trace, state, T + 10, 10) == {}
