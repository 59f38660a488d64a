"""The scorer that the settings name: the shipped one, somebody else's, or a refusal to start."""

from __future__ import annotations

import importlib.metadata

import numpy as np
import pytest

import gateway.scorers.finding as module
from gateway.errors import ScorerError
from gateway.scorers import GROUP, SHIPPED, find_scorer
from scoring import Contributions, Learner, Model, TrainingFacts, TrainingRecipe, rank_group, seal_model


class Neighbours:
    """Somebody else's: every item is related to the next."""

    def learn(self, seen, n_items, given, *, k, now, version) -> Model:
        columns = np.arange(n_items, dtype=np.int32)
        return seal_model(
            TrainingFacts(version, now, len(seen.slots), given.ridge, given.half_life, 1),
            columns,
            ((columns + 1) % n_items).astype(np.int32)[:, None],
            np.full((n_items, 1), 9, dtype=np.int16),
            np.bincount(seen.items, minlength=n_items).astype(np.int32),
        )


def offer(monkeypatch, **offered: str) -> None:
    points = [importlib.metadata.EntryPoint(name, value, GROUP) for name, value in offered.items()]
    monkeypatch.setattr(
        module,
        "entry_points",
        lambda *, group, name: [p for p in points if (p.group, p.name) == (group, name)],
    )


@pytest.mark.parametrize("which", [SHIPPED, "theirs"])
def test_every_scorer_keeps_the_contract(monkeypatch, which: str) -> None:
    """Addends sum to scores, nobody who left is in the model, and nobody leads to nothing."""
    offer(monkeypatch, theirs=f"{__name__}:Neighbours")
    monkeypatch.setattr(importlib.metadata.EntryPoint, "load", lambda self: Neighbours)
    scorer, contributions = find_scorer(which, choose_recipe=False), Contributions()
    for person in range(30):
        for at, item in enumerate((person % 8, (person + 1) % 8, (person + 3) % 8)):
            contributions.add(person, item, at)
    first = scorer.learn(contributions.freeze().seen(8), 8, TrainingRecipe(10.0, 5), k=4, now=1, version=1)
    row = np.array([2, 1] + [0x7FFF_FFFF] * 18, dtype=np.int32)
    slate = rank_group(first, row[None], exclude=[None], available=np.ones(8, dtype=bool), limit=3)[0]
    assert slate.scores[0] > 0
    assert slate.because[0] in {1, 2}
    contributions.clear(3)
    never = Contributions()
    for person in range(30):
        if person != 3:
            for at, item in enumerate((person % 8, (person + 1) % 8, (person + 3) % 8)):
                never.add(person, item, at)
    after = scorer.learn(contributions.freeze().seen(8), 8, TrainingRecipe(10.0, 5), k=4, now=2, version=2)
    other = find_scorer(which, choose_recipe=False)
    assert (
        after.digest
        == other.learn(never.freeze().seen(8), 8, TrainingRecipe(10.0, 5), k=4, now=2, version=2).digest
    )
    assert after.n_people == 29


def test_the_shipped_one_needs_no_entry_point() -> None:
    assert isinstance(find_scorer(SHIPPED, choose_recipe=True), Learner)


def test_what_nobody_offers_or_cannot_be_loaded_refuses_to_start(monkeypatch) -> None:
    offer(monkeypatch, broken="no.such.module:Thing", number="math:pi", wrong="builtins:dict")
    for name in ("absent", "broken", "number", "wrong"):
        with pytest.raises(ScorerError) as caught:
            find_scorer(name, choose_recipe=True)
        assert name not in str(caught.value).removeprefix("model.scorer")
