"""What an upload, and what a published model, tell of one person: nothing, and no more than the privacy loss allows."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
from nacl.signing import SigningKey

from federated import (
    Clip,
    DeviceSum,
    ItemList,
    ModelRecipe,
    Refusal,
    ServerSum,
    SumPlan,
    model_of,
    n_pairs,
    rho_for,
    scale_for,
    update_of_numbers,
)
from federated.noise import add_noise
from federated.secure_sum.messages import Upload
from tests.unit.federated.summing import chance

N_ITEMS = 40
CLIP = Clip(max_items=10)
DELTA = 1e-5


def known_sets(n_people: int, seed: int) -> list[np.ndarray]:
    """Each person knows 8 items, more likely the lower their number."""
    rng = np.random.default_rng(seed)
    chances = 1 / (5 + np.arange(N_ITEMS))
    chances /= chances.sum()
    return [np.sort(rng.choice(N_ITEMS, 8, replace=False, p=chances)) for _ in range(n_people)]


def uploads(people: list[np.ndarray]) -> list[np.ndarray]:
    """What the server receives of each, over cohorts of twenty."""
    draw, found = chance(4), []
    for at in range(0, len(people), 20):
        plan = SumPlan(draw(32), n_pairs(N_ITEMS), 3, 4)
        server, devices = ServerSum(plan), {}
        for known in people[at : at + 20]:
            key = SigningKey(draw(32))
            devices[bytes(key.verify_key)] = DeviceSum(plan, key, draw), known
        for key, (device, _) in devices.items():
            assert server.enter(key, device.advertise()) is None
        roster = server.close_entries()
        for key, (device, _) in devices.items():
            assert server.take_shares(key, device.share(roster)) is None
        server.close_shares()
        for key, (device, known) in devices.items():
            message = device.upload(server.inbox_of(key), update_of_numbers(known, N_ITEMS, CLIP))
            assert not isinstance(message, Refusal)
            found.append(np.frombuffer(msgspec.msgpack.decode(message, type=Upload).values, "<u4"))
    return found


def auc(scores: np.ndarray, labels: np.ndarray) -> float:
    """How often one with the label scores above one without."""
    order = np.argsort(np.argsort(scores, kind="stable"), kind="stable")
    n_with = int(labels.sum())
    above = order[labels].sum() - n_with * (n_with - 1) / 2
    return float(above / (n_with * (len(labels) - n_with)))


def test_items_cannot_be_told_from_a_masked_upload_and_can_from_a_plain_one() -> None:
    people = known_sets(400, seed=1)
    labels = np.zeros((400, N_ITEMS), bool)
    for row, known in zip(labels, people, strict=True):
        row[known] = True
    diagonal = np.cumsum([0, *range(N_ITEMS, 1, -1)])
    masked = np.array([upload[diagonal].astype(np.int32) for upload in uploads(people)], np.float64)
    plain = np.array([update_of_numbers(known, N_ITEMS, CLIP)[diagonal] for known in people], np.float64)
    assert auc(plain.ravel(), labels.ravel()) > 0.99
    # 16,000 pairs: the standard deviation of the AUC of noise is .006
    assert abs(auc(masked.ravel(), labels.ravel()) - 0.5) < 0.02
    assert abs(auc(np.abs(masked).ravel(), labels.ravel()) - 0.5) < 0.02


def test_masked_values_are_spread_evenly() -> None:
    values = np.concatenate(uploads(known_sets(100, seed=2)))
    for shift in (0, 8, 16, 24):
        counts = np.bincount((values >> np.uint32(shift)) & 0xFF, minlength=256)
        expected = len(values) / 256
        chi_square = float(((counts - expected) ** 2 / expected).sum())
        assert abs(chi_square - 255) < 5 * math.sqrt(2 * 255)


def is_told_no_better_than(epsilon: float, without: np.ndarray, within: np.ndarray) -> bool:
    """Whether no threshold on these scores tells one from the other better than (epsilon, delta) allows; up to chance."""
    slack = 4 * math.sqrt(0.25 / len(within))
    for threshold in np.quantile(np.concatenate([without, within]), np.linspace(0.02, 0.98, 49)):
        hits, alarms = (within > threshold).mean(), (without > threshold).mean()
        if hits > math.exp(epsilon) * (alarms + slack) + DELTA + slack:
            return False
        if 1 - alarms > math.exp(epsilon) * (1 - hits + slack) + DELTA + slack:
            return False
    return True


@pytest.mark.parametrize("epsilon", [0.5, 1.0, 4.0])
def test_membership_is_told_no_better_than_the_loss_allows(epsilon: float) -> None:
    # The strongest attacker: knows everybody else's contributions and the target's, and looks at the whole released sum.
    # What is left to tell is the projection of the noise on the target's contribution.
    rng = np.random.default_rng(3)
    target = update_of_numbers(np.arange(CLIP.max_items), N_ITEMS, CLIP).astype(np.float64)
    scale = scale_for(CLIP.norm, rho_for(epsilon, DELTA))
    n_trials = 4_000
    without = np.array([rng.normal(0, scale, len(target)) @ target for _ in range(n_trials)])
    within = np.array([(rng.normal(0, scale, len(target)) + target) @ target for _ in range(n_trials)])
    assert is_told_no_better_than(epsilon, without, within)


def test_membership_is_told_worse_the_smaller_the_loss() -> None:
    rng = np.random.default_rng(4)
    target = update_of_numbers(np.arange(CLIP.max_items), N_ITEMS, CLIP).astype(np.float64)
    found = []
    for epsilon in (0.5, 1.0, 8.0, 100.0):
        scale = scale_for(CLIP.norm, rho_for(epsilon, DELTA))
        noise = np.array([rng.normal(0, scale, len(target)) @ target for _ in range(2_000)])
        noise[1_000:] += target @ target
        found.append(auc(noise, np.arange(2_000) >= 1_000))
    assert found == sorted(found)
    assert found[0] < 0.65 < 0.99 < found[-1]


def published(total: np.ndarray, scale: float, items: ItemList) -> np.ndarray:
    """All that a published model says: how popular each item is, and how strongly any two go together."""
    model = model_of(total, items, ModelRecipe(dimensions=8), scale)
    related = (model.vectors * model.gains) @ model.vectors.T
    return np.concatenate([model.popularity / 65_535, related.ravel() / max(np.abs(related).max(), 1)])


def attacked(epsilon: float, n_trials: int = 150) -> tuple[np.ndarray, np.ndarray]:
    """The scores of models without somebody, and with them, each with the product's noise of its own.

    The attacker knows everybody else, and what the model would say of the target without noise.
    """
    n_items, clip, rng = 12, Clip(max_items=6), np.random.default_rng(5)
    items = ItemList([str(number) for number in range(n_items)])
    others = [np.sort(rng.choice(n_items, 5, replace=False)) for _ in range(40)]
    without = np.sum([update_of_numbers(known, n_items, clip).astype(np.int64) for known in others], axis=0)
    within = without + update_of_numbers(np.arange(4, 10), n_items, clip).astype(np.int64)
    direction = published(within, 0, items) - published(without, 0, items)
    scale = scale_for(clip.norm, rho_for(epsilon, DELTA))

    def scores(total: np.ndarray) -> np.ndarray:
        noisy = (add_noise(total, clip.norm, scale) for _ in range(n_trials))
        return np.array([published(each, scale, items) @ direction for each in noisy])

    return scores(without), scores(within)


def test_membership_is_told_from_a_published_model_no_better_than_its_loss_allows() -> None:
    for epsilon in (1.0, 4.0):
        without, within = attacked(epsilon)
        assert is_told_no_better_than(epsilon, without, within)
    # with hardly any noise the very same attack finds nearly everybody, far beyond what a small loss allows
    without, within = attacked(400.0)
    labels = np.arange(2 * len(within)) >= len(without)
    assert auc(np.concatenate([without, within]), labels) > 0.85
    assert not is_told_no_better_than(0.5, without, within)
