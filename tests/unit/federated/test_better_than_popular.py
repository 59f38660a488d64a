"""A model may be published if its record's own numbers say that it is better than what is popular, by more than noise is."""

from __future__ import annotations

import pytest

from federated import is_better_than_popular


def said(model: str, popularity: str, noise: str) -> dict[str, str]:
    return {"gate_model": model, "gate_popularity": popularity, "gate_noise": noise}


@pytest.mark.parametrize(
    ("metrics", "is_better"),
    [
        (said("3", "1", "1"), True),
        (said("2.640000000001", "1", "1"), True),
        (said("2.64", "1", "1"), False),
        (said("1.001", "1", "5"), False),
        (said("1.001", "1", "0"), True),
        (said("1", "1", "0"), False),
        (said("0", "0", "0"), False),
    ],
)
def test_better_is_better_by_more_than_noise(metrics: dict[str, str], is_better: bool) -> None:
    assert is_better_than_popular(metrics) is is_better


@pytest.mark.parametrize("missing", ["gate_model", "gate_popularity", "gate_noise"])
def test_nothing_is_better_of_which_a_number_is_not_said(missing: str) -> None:
    told = said("3", "0", "0")
    del told[missing]
    assert not is_better_than_popular(told)
