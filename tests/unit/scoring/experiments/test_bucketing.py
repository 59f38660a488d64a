"""Bucketing: as GrowthBook does it, for ever the same, and nobody leaves while a ramp rises."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from scoring import Namespace, RampStep, Split, choose_arm, coverage_at, hash_share, rises

ORACLE = json.loads((Path(__file__).parents[3] / "vectors/experiments/growthbook.json").read_text())
UNITS = [f"user-{n}" for n in range(10_000)]
NAMESPACE = Namespace("shop", 0.2, 0.7)


def test_ten_thousand_units_fall_where_growthbook_lets_them_fall() -> None:
    assert [round(hash_share(ORACLE["seed"], unit) * 10_000) for unit in UNITS] == ORACLE["shares"]


def test_units_with_odd_names_fall_there_too() -> None:
    assert [[text, hash_share("s", text)] for text, _ in ORACLE["odd"]] == ORACLE["odd"]


def test_namespaces_hold_the_units_that_growthbook_lets_them_hold() -> None:
    everybody = Split(ORACLE["seed"], ("on",), (1.0,), namespace=NAMESPACE)
    inside = [choose_arm(everybody, unit) is not None for unit in UNITS]
    packed = [sum(1 << k for k in range(50) if inside[at + k]) for at in range(0, len(UNITS), 50)]
    assert packed == ORACLE["in_namespace"]


def test_arms_own_the_ranges_that_growthbook_gives_them() -> None:
    for n, coverage, weights, ranges in ORACLE["ranges"]:
        arms = tuple(str(k) for k in range(n))
        split = Split(ORACLE["seed"], arms, tuple(weights), coverage)
        for unit, share in zip(UNITS[:2_000], ORACLE["shares"], strict=False):
            owners = [k for k, (low, high) in enumerate(ranges) if low <= share / 10_000 < high]
            assert choose_arm(split, unit) == (str(owners[0]) if owners else None)


def test_disjoint_parts_of_a_namespace_share_nobody() -> None:
    parts = [
        Split(f"salt-{k}", ("a", "b"), (0.5, 0.5), namespace=Namespace("shop", *ends))
        for k, ends in enumerate([(0.0, 0.4), (0.4, 1.0)])
    ]
    taking_part = [{unit for unit in UNITS if choose_arm(part, unit)} for part in parts]
    assert taking_part[0].isdisjoint(taking_part[1])
    assert taking_part[0] | taking_part[1] == set(UNITS)


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=5).map(sorted),
    st.lists(st.integers(1, 9), min_size=1, max_size=4),
    st.text(max_size=12),
)
def test_whoever_is_in_an_arm_stays_while_the_coverage_rises(
    steps: list[float], parts: list[int], salt: str
) -> None:
    arms = tuple(str(k) for k in range(len(parts)))
    weights = tuple(part / sum(parts) for part in parts)
    before: dict[str, str] = {}
    for coverage in steps:
        now = {unit: choose_arm(Split(salt, arms, weights, coverage), unit) for unit in UNITS[:300]}
        assert {unit: now[unit] for unit in before} == before
        before = {unit: arm for unit, arm in now.items() if arm is not None}


def test_five_fifty_and_all_of_a_hundred_percent() -> None:
    counted = []
    for coverage in (0.05, 0.5, 1.0):
        split = Split("rollout", ("on",), (1.0,), coverage)
        counted.append(sum(choose_arm(split, unit) is not None for unit in UNITS))
    assert [round(n / len(UNITS), 1) for n in counted] == [0.1 if counted[0] >= 500 else 0.0, 0.5, 1.0]
    assert 400 <= counted[0] <= 600


def test_a_ramp_reaches_its_steps_in_time_and_takes_nothing_back() -> None:
    steps = (RampStep(100, 0.05), RampStep(200, 0.5), RampStep(300, 1.0))
    assert [coverage_at(steps, now, 0.0) for now in (99, 100, 199, 200, 300)] == [0.0, 0.05, 0.05, 0.5, 1.0]
    assert rises(steps, 0.0)
    assert not rises(steps, 0.1)
    assert not rises((RampStep(200, 0.1), RampStep(100, 0.2)), 0.0)
    assert not rises((RampStep(100, 0.2), RampStep(200, 0.1)), 0.0)
