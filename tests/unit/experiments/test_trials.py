"""Trials: what counts is what came after the exposure, of those who are still there; held against a slow reading."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scoring import Alarm, Experiment, Metric, Role, Trials, analyse

ORDERS = Metric("orders", "Order Completed", once=True)
REVENUE = Metric("revenue", "Order Completed", field="revenue")
CLICKS = Metric("clicks", "Product Clicked", role=Role.GUARDRAIL)
EXPERIMENT = Experiment(
    id="checkout",
    arms=("control", "green"),
    weights=(0.5, 0.5),
    baseline="control",
    metrics=(ORDERS, REVENUE, CLICKS),
)
DAY = 86_400


def test_only_what_came_after_the_exposure_counts() -> None:
    trials = Trials()
    trials.observe(("Order Completed", None), 7, 900, 1.0)
    trials.observe(("Product Clicked", None), 7, 1_000, 1.0)
    trials.expose("checkout", "green", 7, 1_000)
    trials.observe(("Product Clicked", None), 7, 1_000, 1.0)
    trials.observe(("Product Clicked", None), 7, 1_001, 1.0)
    trials.observe(("Order Completed", None), 7, 999, 1.0)
    trials.observe(("Order Completed", None), 8, 2_000, 1.0)
    units = trials.units_of(EXPERIMENT)
    assert units.arm.tolist() == [1]
    assert [each.tolist() for each in units.values] == [[0.0], [0.0], [2.0]]
    assert [each.tolist() for each in units.before] == [[1.0], [0.0], [1.0]]


def test_a_conversion_counts_once_and_a_sum_adds_up() -> None:
    trials = Trials()
    trials.expose("checkout", "control", 1, 100)
    for revenue in (10.0, 25.0):
        trials.observe(("Order Completed", None), 1, 200, 1.0)
        trials.observe(("Order Completed", "revenue"), 1, 200, revenue)
    assert [each.tolist() for each in trials.units_of(EXPERIMENT).values] == [[1.0], [35.0], [0.0]]


def test_an_exposure_that_comes_late_counts_from_when_it_was() -> None:
    trials = Trials()
    trials.expose("checkout", "green", 1, 500)
    trials.observe(("Product Clicked", None), 1, 300, 1.0)
    trials.expose("checkout", "green", 1, 200)
    assert trials.units_of(EXPERIMENT).values[2].tolist() == [1.0]


def test_who_was_seen_in_two_arms_is_left_out_and_counted() -> None:
    trials = Trials()
    trials.expose("checkout", "green", 1, 100)
    trials.expose("checkout", "control", 1, 200)
    trials.expose("checkout", "control", 2, 200)
    units = trials.units_of(EXPERIMENT)
    assert (units.arm.tolist(), units.in_two_arms) == ([0], 1)
    assert trials.arm_of("checkout", 1) == "green", "what the person is shown stays the first"


def test_who_withdraws_is_gone_from_both_sides_of_the_fraction() -> None:
    trials = Trials()
    for slot, arm in enumerate(["control", "green", "green"]):
        trials.expose("checkout", arm, slot, 100)
        trials.observe(("Order Completed", None), slot, 200, 1.0)
    assert trials.forget(1, withdrew=True) == [("checkout", "green")]
    units = trials.units_of(EXPERIMENT)
    assert (units.arm.tolist(), units.values[0].tolist()) == ([0, 1], [1.0, 1.0])
    report = analyse(EXPERIMENT, units, trials.withdrawn["checkout"])
    assert [(each.units, each.withdrawn) for each in report.arms] == [(1, 0), (1, 1)]
    assert trials.forget(1, withdrew=True) == []
    assert len(trials) == 4
    assert trials.arm_of("checkout", 1) is None


def test_beyond_the_bound_nothing_is_taken_in() -> None:
    trials = Trials(max_observations=2)
    for slot in range(4):
        trials.expose("checkout", "green", slot, 100)
    assert trials.is_full
    assert len(trials.units_of(EXPERIMENT).arm) == 2
    trials.forget(0)
    trials.expose("checkout", "green", 9, 100)
    assert len(trials.units_of(EXPERIMENT).arm) == 2, "what somebody left is room again"


def test_a_device_and_its_owner_are_one_unit_where_that_is_permitted() -> None:
    trials = Trials()
    trials.expose("checkout", "green", 1, 100)
    trials.observe(("Product Clicked", None), 1, 150, 1.0)
    trials.observe(("Product Clicked", None), 2, 200, 1.0)
    trials.expose("checkout", "green", 2, 300)
    apart, joined = trials.units_of(EXPERIMENT), trials.units_of(EXPERIMENT, {1: 2, 99: 2})
    assert [each.tolist() for each in (apart.arm, apart.values[2])] == [[1, 1], [1.0, 0.0]]
    assert [each.tolist() for each in (joined.arm, joined.values[2])] == [[1], [2.0]]


def test_nobody_is_an_answer() -> None:
    report = analyse(EXPERIMENT, Trials().units_of(EXPERIMENT), {})
    assert report.split_alarm is Alarm.TOO_FEW
    assert {each.verdict for each in report.metrics} == {"too_few"}


def world(n: int, lift: float, *, skew: int = 0) -> Trials:
    """Many people in two arms, whose past says something about their future."""
    rng, trials = np.random.default_rng(11), Trials()
    for slot in range(n):
        arm = "green" if slot % 2 or slot < skew else "control"
        eager = rng.gamma(2.0, 1.0)
        for at, rate in ((100, eager), (DAY + 10, eager + (lift if arm == "green" else 0))):
            for _ in range(rng.poisson(rate)):
                trials.observe(("Product Clicked", None), slot, at, 1.0)
        trials.expose("checkout", arm, slot, DAY)
    return trials


def verdicts(trials: Trials, **more: Any) -> dict[str, Any]:
    experiment = Experiment(
        id="checkout",
        arms=("control", "green"),
        weights=(0.5, 0.5),
        baseline="control",
        metrics=(Metric("clicks", "Product Clicked", **more), Metric("orders", "Order Completed")),
    )
    report = analyse(experiment, trials.units_of(experiment), {})
    return {each.metric: each for each in report.metrics} | {"split": report.split_alarm}


def test_a_lift_is_found_and_the_past_makes_it_clearer() -> None:
    found = verdicts(world(3_000, 0.5))
    assert found["clicks"].verdict == "better"
    assert found["clicks"].interval.low > 0
    assert found["clicks"].variance_removed > 0.2
    assert found["clicks"].p < found["clicks"].p_adjusted <= 2 * found["clicks"].p
    assert found["orders"].verdict == "too_few", "nobody ordered: there is nothing to compare"
    assert verdicts(world(3_000, 0.5), more_is_better=False)["clicks"].verdict == "worse"


def test_with_a_broken_split_nothing_is_said() -> None:
    found = verdicts(world(3_000, 0.5, skew=400))
    assert found["split"] is Alarm.RED
    assert {found[name].verdict for name in ("clicks", "orders")} == {"withheld"}


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["expose", "observe", "forget"]),
        st.integers(0, 4),
        st.integers(0, 6).map(lambda day: day * 4 * DAY),
        st.sampled_from(["control", "green"]),
    ),
    max_size=60,
)


@given(ACTS)
def test_it_counts_what_a_slow_reading_counts(acts: list[tuple[str, int, int, str]]) -> None:
    trials, kept = Trials(), []
    for order, (act, slot, at, arm) in enumerate(acts):
        if act == "expose":
            trials.expose("checkout", arm, slot, at)
        elif act == "observe":
            trials.observe(("Product Clicked", None), slot, at, 1.0)
        else:
            trials.forget(slot)
            kept = [each for each in kept if each[1] != slot]
        kept.append((act, slot, at, arm, order))
    expected = {}
    seen: dict[int, list[Any]] = defaultdict(list)
    for each in kept:
        seen[each[1]].append(each)
    for slot, mine in seen.items():
        exposures = [(at, order, arm) for act, _, at, arm, order in mine if act == "expose"]
        if len({arm for _, _, arm in exposures}) == 1:
            first = min(exposures)
            clicks = [(at, order) for act, _, at, _, order in mine if act == "observe"]
            after = [each for each in clicks if each > first[:2]]
            before = [each for each in clicks if each not in after and each[0] >= first[0] - 14 * DAY]
            expected[slot] = (first[2], len(after), len(before))
    units = trials.units_of(EXPERIMENT)
    found = zip(units.arm.tolist(), units.values[2].tolist(), units.before[2].tolist(), strict=True)
    arms = EXPERIMENT.arms
    assert [(arms[k], a, b) for k, a, b in found] == [expected[slot] for slot in sorted(expected)]
    assert len(trials) == sum(
        len(column.rows) for column in [*trials._series.values(), *trials._exposures.values()]
    )


Happening = tuple[bool, int, int, int]
"""Whether it is an exposure, which arm or value, whose, when."""


@given(
    seen=st.lists(
        st.tuples(st.booleans(), st.integers(0, 1), st.integers(0, 5), st.integers(1, 60)), max_size=60
    ),
    before=st.integers(0, 61),
)
def test_ageing_leaves_the_units_that_there_would_be_had_it_begun_then(
    seen: list[Happening], before: int
) -> None:
    trials, since = Trials(), Trials()
    uses = set[tuple[int, int]]()
    for exposed, number, slot, at in sorted(seen, key=lambda each: each[3]):
        if exposed and (number, slot) in uses:
            continue  # an arm is used for the first time once
        uses |= {(number, slot)} if exposed else set()
        for each in (trials, since) if at >= before else (trials,):
            if exposed:
                each.expose("checkout", EXPERIMENT.arms[number], slot, at)
            else:
                each.observe(("Order Completed", None), slot, at, 1.0)
    n_before = len(trials)
    assert any(list(trials.age(before))) == (len(since) < n_before)
    assert len(trials) == len(since)
    found, wanted = trials.units_of(EXPERIMENT), since.units_of(EXPERIMENT)
    assert found.arm.tolist() == wanted.arm.tolist()
    assert [each.tolist() for each in found.values] == [each.tolist() for each in wanted.values]
    assert found.in_two_arms == wanted.in_two_arms
    for slot in range(6):
        assert trials.arm_of("checkout", slot) == since.arm_of("checkout", slot)
