"""Learning on devices, for any history, cohort and loss."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from federated import (
    Clip,
    ItemList,
    ModelRecipe,
    Refusal,
    Visit,
    as_signed,
    check_cohort,
    model_of,
    rank,
    read_artefact,
    rho_for,
    square_of,
    update_of,
    write_artefact,
)
from federated.secure_sum.shamir import PRIME, join, split
from privacy import epsilon_of
from tests.unit.federated.summing import Cohort, chance

ITEMS = ItemList([f"i{number}" for number in range(25)])
VISITS = st.lists(
    st.builds(Visit, st.sampled_from([*ITEMS.ids, "elsewhere"]), st.integers(0, 50)), max_size=40
)
CLIPS = st.builds(Clip, st.integers(1, 30), st.integers(64, 1 << 20), st.integers(0, 200))


@given(st.integers(3, 14), st.data())
@settings(max_examples=40)
def test_the_sum_is_that_of_those_who_stayed_or_there_is_none(n_devices: int, data: st.DataObject) -> None:
    cohort = Cohort(n_devices, seed=data.draw(st.integers(0, 1000)))
    some = st.sets(st.sampled_from(cohort.keys), max_size=n_devices // 2)
    gone, withdrawn, mute = data.draw(some), data.draw(some), data.draw(some)
    cohort.upload(without=gone)
    stayed = [key for key in cohort.keys if key not in gone | withdrawn]
    request = cohort.server.close_uploads(withdrawn)
    if isinstance(request, Refusal):
        assert len(stayed) < 3
        return
    threshold = cohort.plan.threshold(n_devices)
    answering = [key for key in cohort.server.stayed if key not in mute]
    answers = [cohort.devices[key].answer(request) for key in answering]
    if len(stayed) < threshold:
        assert set(answers) <= {Refusal.TOO_FEW}
        return
    for key, answer in zip(answering, answers, strict=True):
        assert isinstance(answer, bytes)
        assert cohort.server.take_answer(key, answer) is None
    total = cohort.server.total()
    if len(answering) < threshold:
        assert total is Refusal.TOO_FEW
    else:
        np.testing.assert_array_equal(total, cohort.plain(stayed))


@given(st.binary(min_size=32, max_size=32), st.integers(1, 12), st.integers(0, 6), st.integers(0, 99))
def test_any_threshold_of_the_shares_give_the_secret(
    secret: bytes, threshold: int, spare: int, seed: int
) -> None:
    points = list(range(1, threshold + spare + 1))
    shares = dict(zip(points, split(secret, threshold, points, chance(seed)), strict=True))
    chosen = np.random.default_rng(seed).choice(points, threshold, replace=False).tolist()
    assert join({point: shares[point] for point in chosen}) == secret
    if threshold > 1:
        assert join({point: shares[point] for point in chosen[1:]}) != secret
    assert all(int.from_bytes(share) < PRIME for share in shares.values())


@given(VISITS, CLIPS)
def test_no_contribution_is_above_the_clip_whatever_the_history(history: list[Visit], clip: Clip) -> None:
    update = update_of(history, ITEMS, clip).astype(np.int64)
    assert int((update**2).sum()) <= clip.norm_squared
    x = np.zeros(25)
    known = ITEMS.latest_of(history, clip.max_items)
    x[known] = 1
    np.testing.assert_array_equal(square_of(update, 25), clip.value_of(len(known)) * np.outer(x, x))


@given(st.lists(VISITS, min_size=1, max_size=12), CLIPS)
def test_no_sum_of_honest_contributions_is_found_fault_with(histories: list[list[Visit]], clip: Clip) -> None:
    total = np.sum([update_of(h, ITEMS, clip) for h in histories], axis=0, dtype=np.uint32)
    if len(histories) <= clip.most_people:
        assert check_cohort(as_signed(total), 25, len(histories), clip) is None


@given(st.lists(VISITS, max_size=12), VISITS, st.integers(0, 100_000), st.integers(0, 99))
@settings(max_examples=40)
def test_any_sum_makes_a_model_that_is_read_back_and_ranks_the_same(
    histories: list[list[Visit]], mine: list[Visit], scale: int, seed: int
) -> None:
    total = np.zeros(25 * 26 // 2, np.int64)
    for history in histories:
        total += update_of(history, ITEMS, Clip())
    total += np.rint(np.random.default_rng(seed).normal(0, scale, len(total))).astype(np.int64)
    artefact = model_of(total, ITEMS, ModelRecipe(dimensions=8), scale)
    again = read_artefact(write_artefact(artefact))
    slate = rank(artefact, mine, 60)
    assert rank(again, mine, 60) == slate
    assert len(slate) == min(10, 25 - len({v.item for v in mine} - {"elsewhere"}))
    assert {item for item, _ in slate}.isdisjoint(v.item for v in mine)
    assert [score for _, score in slate] == sorted((score for _, score in slate), reverse=True)


@given(st.floats(0.01, 20), st.floats(1e-9, 0.01))
def test_epsilon_and_rho_are_inverses_and_grow_together(epsilon: float, delta: float) -> None:
    rho = rho_for(epsilon, delta)
    assert epsilon_of(rho, delta) <= epsilon * (1 + 1e-12)
    assert abs(epsilon_of(rho, delta) - epsilon) < 1e-6
    assert epsilon_of(rho * 1.01, delta) > epsilon_of(rho, delta) or rho == 0
