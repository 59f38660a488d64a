"""Windows and their kin against an oracle that looks at every event again: random events, in any order of arrival."""

from __future__ import annotations

import math
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring import Feature, Measure, State
from scoring.features import NEVER, Traces, measure
from scoring.features.declaration import ANY_EVENT, Sort
from scoring.features.measuring import SESSION_GAP_SECONDS
from scoring.features.trace import MAX_TIMES
from scoring.features.traces import MIN_PEOPLE
from scoring.permitted import PermittedOccurrence
from tests.requirement import whole_campaign

Seen = tuple[int, str, str]
"""When, which event, which category."""

COUNT = Feature(Measure.COUNT, "view", 300)
SAME = Feature(Measure.COUNT, "view", 300, "category")
DISTINCT = Feature(Measure.DISTINCT, "view", 900, "category")
ENTROPY = Feature(Measure.ENTROPY, "view", 900, "category")
SINCE = Feature(Measure.SECONDS_SINCE, "buy")
TOTAL = Feature(Measure.TOTAL, "view")
SESSION = Feature(Measure.SESSION_COUNT, "view")
LASTING = Feature(Measure.SESSION_SECONDS)
FEATURES = (COUNT, SAME, DISTINCT, ENTROPY, SINCE, TOTAL, SESSION, LASTING)
STATES = {state for feature in FEATURES for state in feature.states}


def expected(feature: Feature, seen: list[Seen], at: int, present: str) -> float:
    """What a feature is worth, from all events anew."""
    within = [each for each in seen if each[1] == feature.event and at - feature.seconds < each[0] <= at]
    match feature.measure:
        case Measure.COUNT:
            return sum(not feature.field or each[2] == present for each in within)
        case Measure.DISTINCT:
            return len({each[2] for each in within})
        case Measure.ENTROPY:
            counts = Counter(each[2] for each in within).values()
            return -sum(n / len(within) * math.log2(n / len(within)) for n in counts)
        case Measure.SECONDS_SINCE:
            times = [each[0] for each in seen if each[1] == feature.event and each[0] <= at]
            return at - max(times) if times else NEVER
        case Measure.TOTAL:
            return sum(each[1] == feature.event for each in seen)
    began = at
    times = sorted((each[0] for each in seen if each[0] <= at), reverse=True)
    for time in times:
        if began - time >= SESSION_GAP_SECONDS:
            break
        began = time
    lasting = bool(times) and at - times[0] < SESSION_GAP_SECONDS
    if feature.measure is Measure.SESSION_SECONDS:
        return at - began if lasting else 0
    return sum(e[1] == feature.event and began <= e[0] <= at for e in seen) if lasting else 0


def occurrence(slot: int, seen: Seen) -> PermittedOccurrence:
    """An event as rules are given it."""
    at, event, category = seen
    return PermittedOccurrence(slot=slot, event=event, items=(), at=at, fields={"category": category})


events = st.tuples(
    st.integers(1_000_000, 1_004_000), st.sampled_from(["view", "buy"]), st.sampled_from(["a", "b", "c"])
)


@given(seen=st.lists(events, max_size=60), at=st.integers(1_000_000, 1_005_000), order=st.randoms())
def test_every_measure_equals_the_oracle_in_any_order(
    seen: list[Seen], at: int, order: random.Random
) -> None:
    traces = Traces()
    traces.declare(0, STATES)
    arriving = list(seen)
    order.shuffle(arriving)
    for each in arriving:
        assert traces.write(0, occurrence(7, each))
    for feature in FEATURES:
        got = measure(feature, traces.of(0, 7), at, "a")
        assert got == pytest.approx(expected(feature, seen, at, "a")), feature.measure


def test_windows_equal_the_oracle_over_many_random_events() -> None:
    n_events = 100_000 if whole_campaign() else 4_000
    draw = random.Random(7)
    traces = Traces()
    traces.declare(0, STATES)
    seen: dict[int, list[Seen]] = {slot: [] for slot in range(40)}
    now = 1_000_000
    for n in range(n_events):
        now += draw.randrange(3)
        slot = draw.randrange(40)
        happened = now - draw.randrange(200) if draw.random() < 0.1 else now
        each = (happened, draw.choice(["view", "view", "buy"]), draw.choice("abcd"))
        seen[slot].append(each)
        traces.write(0, occurrence(slot, each))
        if n % 10 == 0:
            recent = [e for e in seen[slot] if e[0] > now - 10_000]
            for feature in (COUNT, SAME, DISTINCT, ENTROPY):
                got = measure(feature, traces.of(0, slot), now, each[2])
                assert got == pytest.approx(expected(feature, recent, now, each[2])), feature


@given(seen=st.lists(events, max_size=40))
def test_what_is_packed_comes_back_as_it_was(seen: list[Seen]) -> None:
    traces, again = Traces(), Traces()
    for each in (traces, again):
        each.declare(0, STATES)
    for each in seen:
        traces.write(0, occurrence(7, each))
    for bit, slot, packed in traces.pack():
        again.restore(bit, slot, packed)
    assert list(again.pack()) == list(traces.pack())


Counted = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from(["view", "buy"]), st.integers(0, 3)), max_size=80
)


@given(seen=Counted, gone=st.integers(0, 9))
def test_forgetting_a_person_leaves_what_there_would_be_had_they_never_been(
    seen: list[tuple[int, str, int]], gone: int
) -> None:
    rate = Feature(Measure.RATE, "buy", of="view")
    people = Feature(Measure.PEOPLE, "view")
    alike = Feature(Measure.PEOPLE, "view", field="referrer")
    traces, without = Traces(), Traces()
    for each in (traces, without):
        each.declare(0, [*rate.states, *people.states, *alike.states])
    for slot, event, item in seen:
        came_from = {"referrer": f"site-{slot % 2}"} if slot % 3 else {}
        signal = PermittedOccurrence(slot=slot, event=event, items=(item,), at=5, fields=came_from)
        traces.write(0, signal)
        if slot != gone:
            without.write(0, signal)
    traces.forget(0, gone)
    for item in range(4):
        for feature in (rate, people):
            assert traces.value(feature, 0, 0, 5, None, item) == without.value(feature, 0, 0, 5, None, item)
        for site in ("site-0", "site-1", None):
            told = traces.value(alike, 0, 0, 5, site, item)
            assert told == without.value(alike, 0, 0, 5, site, item)
            viewers = {slot for slot, event, of in seen if (event, of) == ("view", item) and slot != gone}
            known = {slot for slot in viewers if slot % 3 and f"site-{slot % 2}" == site}
            assert told == (len(known) if len(known) >= MIN_PEOPLE else 0)


def test_people_are_told_apart_by_where_they_came_from_and_few_are_nobody() -> None:
    alike = Feature(Measure.PEOPLE, "view", field="referrer")
    traces, again = Traces(), Traces()
    for each in (traces, again):
        each.declare(0, alike.states)
    for slot in range(12):
        came_from = {"referrer": "news" if slot < MIN_PEOPLE else "mail"}
        for _ in range(2):
            traces.write(0, PermittedOccurrence(slot=slot, event="view", items=(1,), at=5, fields=came_from))
    for bit, slot, packed in traces.pack():
        again.restore(bit, slot, packed)
    for each in (traces, again):
        assert [each.value(alike, 0, 99, 5, site, 1) for site in ("news", "mail", "else", None)] == [
            5,
            7,
            0,
            0,
        ]
        each.forget(0, 0)
        assert each.value(alike, 0, 99, 5, "news", 1) == 0, "four are too few"
        each.declare(0, ())
        assert each.value(alike, 0, 99, 5, "mail", 1) == 0, "what nothing reads is not kept"


def test_items_are_told_apart_by_a_bounded_number_of_values() -> None:
    alike = Feature(Measure.PEOPLE, "view", field="referrer")
    traces = Traces()
    traces.declare(0, alike.states)
    for n in range(500):
        came_from = {"referrer": f"site-{n}"}
        traces.write(0, PermittedOccurrence(slot=1, event="view", items=(1,), at=5, fields=came_from))
    assert len(traces.of(0, 1).items) == 20


DAY = 86_400
Dated = st.lists(
    st.tuples(
        st.integers(0, 8 * DAY), st.integers(0, 6), st.sampled_from(["view", "buy"]), st.integers(0, 3)
    ),
    max_size=80,
)


@given(seen=Dated, kept_from=st.integers(0, 9))
def test_ageing_leaves_what_there_would_be_had_it_begun_then(
    seen: list[tuple[int, int, str, int]], kept_from: int
) -> None:
    features = (
        COUNT, SINCE, TOTAL, Feature(Measure.RATE, "buy", of="view"), Feature(Measure.PEOPLE, "view"),
        Feature(Measure.ITEM_TOTAL, "buy"), Feature(Measure.PEOPLE, "view", field="referrer"),
    )  # fmt: skip
    traces, since = Traces(), Traces()
    for each in (traces, since):
        each.declare(0, {state for feature in features for state in feature.states})
    before = kept_from * DAY
    for at, slot, event, item in sorted(seen):
        signal = PermittedOccurrence(slot=slot, event=event, items=(item,), at=at, fields={"referrer": "s"})
        traces.write(0, signal)
        if at >= before:
            since.write(0, signal)
    aged = {slot for slot in traces.slots(0) if traces.age(0, slot, before)}
    assert aged == {slot for at, slot, _, _ in seen if at < before}
    assert set(traces.slots(0)) == set(since.slots(0))
    for slot in range(7):
        for item in range(4):
            for feature in features:
                got = traces.value(feature, 0, slot, 8 * DAY, "s", item)
                assert got == since.value(feature, 0, slot, 8 * DAY, "s", item), feature
    assert not any(traces.age(0, slot, before) for slot in traces.slots(0)), "once is enough"


def test_counts_are_exact_up_to_the_number_of_times_that_is_kept() -> None:
    traces = Traces()
    traces.declare(0, COUNT.states)
    for _ in range(MAX_TIMES + 5):
        traces.write(0, occurrence(1, (1_000_000, "view", "a")))
    assert measure(COUNT, traces.of(0, 1), 1_000_000) == MAX_TIMES


def test_what_comes_too_late_changes_nothing() -> None:
    traces = Traces()
    traces.declare(0, [*COUNT.states, ANY_EVENT, State(Sort.TOTAL, "view")])
    assert traces.write(0, occurrence(1, (1_000_000, "view", "a")))
    before = list(traces.pack())
    assert not traces.write(0, occurrence(1, (1_000_000 - 86_401, "view", "a")))
    assert list(traces.pack()) == before
