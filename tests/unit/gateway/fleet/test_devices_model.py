"""The gateway ranks with what devices learnt: the relations are the artefact's, in the units of every model here."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from federated import Artefact, ItemList, Visit, rank, scores_of, write_artefact
from gateway.fleet.bundles import Signer, make_bundle
from gateway.fleet.devices_model import DevicesModel, relations_of
from gateway.fleet.values import ModelState, PublishedModel
from scoring import Catalogue, Item, TrainingFacts, rank_group

FACTS = TrainingFacts(version=3, trained_at=7, n_people=40, ridge=0.0, half_life=1, weight_scale=32_767)
NO_ITEM = 0x7FFF_FFFF
NAMES = [f"item-{n}" for n in range(12)]


def an_artefact(names=NAMES, half_life=5) -> Artefact:
    chance = np.random.default_rng(4)
    m, d = len(names), 4
    recency = np.rint(1023 * 0.5 ** (np.arange(30) / half_life)).astype(np.int64)
    return Artefact(
        items=ItemList(names),
        vectors=chance.integers(-127, 128, (m, d)),
        gains=np.array([1000, 400, 90, 3]),
        weights=chance.integers(1, 128, m),
        recency=recency[recency > 0],
        popularity=chance.integers(1, 60_000, m),
        prior=0,
    )


def catalogue_of(names, category=lambda number: None) -> Catalogue:
    catalogue = Catalogue()
    catalogue.upsert([Item(name, category=category(number)) for number, name in enumerate(names)])
    return catalogue


def the_model(artefact, catalogue):
    return relations_of(artefact, FACTS, dict(catalogue.index_of), catalogue.category_of)


@pytest.mark.parametrize("names", [NAMES, NAMES[::-1], ["other", *NAMES[3:], "another", *NAMES[:3]]])
def test_one_item_s_relations_are_in_the_order_that_a_device_has_them_in(names):
    artefact, catalogue = an_artefact(), catalogue_of(names)
    model = the_model(artefact, catalogue)
    for number, name in enumerate(NAMES):
        scores = scores_of(artefact, [number])
        wanted = [n for n in np.argsort(-scores, kind="stable") if n != number and scores[n] > 0]
        row = np.full((1, 20), catalogue.index_of[name], np.int32)
        row[0, 1:] = NO_ITEM
        [slate] = rank_group(model, row, exclude=[None], available=catalogue.available, limit=len(names) - 1)
        found = [(item, score) for item, score in zip(slate.items, slate.scores, strict=True) if score > 0]
        assert [catalogue.ids[item] for item, _ in found] == [NAMES[n] for n in wanted]
        exact = np.array([scores[n] for n in wanted], float)
        given = np.array([score for _, score in found], float)
        if len(given):
            assert np.allclose(given / given[0], exact / exact[0], atol=2e-3)


@pytest.mark.parametrize("half_life", [1, 5, 40])
def test_the_newest_items_count_as_they_do_on_a_device(half_life):
    model = the_model(an_artefact(half_life=half_life), catalogue_of(NAMES))
    assert model.half_life == half_life


def test_items_that_no_round_was_about_are_placed_by_their_category():
    catalogue = catalogue_of([*NAMES, "new"], category=lambda number: f"shelf-{number % 3}")
    artefact = an_artefact()
    model = the_model(artefact, catalogue)
    column = int(model.column_of[catalogue.index_of["new"]])
    assert column < len(model.columns)
    alone = the_model(artefact, catalogue_of([*NAMES, "new"]))
    assert int(alone.column_of[catalogue.index_of["new"]]) == len(alone.columns)


def test_items_that_are_in_no_catalogue_are_left_out():
    catalogue = catalogue_of(NAMES[:5])
    model = the_model(an_artefact(), catalogue)
    assert len(model.columns) == 5
    assert not the_model(an_artefact(), catalogue_of(["stranger"])).usable


SIGNER = Signer(b"s" * 32)


def published(version: int, artefact: Artefact, until: int) -> PublishedModel:
    statement = {
        "name": "items",
        "version": version,
        "card": {"included": 40},
        "published_at": 1,
        "expires_at": until,
        "log": {"index": 5, "origin": "here"},
    }
    return PublishedModel(
        name="items",
        version=version,
        state=ModelState.CURRENT,
        round_id=1,
        bundle=make_bundle(statement, write_artefact(artefact), SIGNER),
        log_index=5,
        published_at=1,
    )


async def test_the_served_version_is_known_by_its_artefact_and_used_until_its_time():
    models, artefact = DevicesModel(catalogue_of(NAMES), SIGNER.public), an_artefact()
    assert models.at(0) is None
    await models.serve(published(3, artefact, until=100))
    model = models.at(99)
    assert (model.version, model.n_people) == (3, 40)
    assert model.digest == hashlib.sha256(write_artefact(artefact)).digest()
    assert models.at(100) is None


def test_a_device_shows_what_the_gateway_shows():
    artefact, catalogue = an_artefact(), catalogue_of(NAMES)
    model = the_model(artefact, catalogue)
    row = np.full((1, 20), catalogue.index_of["item-4"], np.int32)
    row[0, 1:] = NO_ITEM
    [slate] = rank_group(model, row, exclude=[None], available=catalogue.available, limit=3)
    on_device = rank(artefact, [Visit("item-4", 1)], 2, limit=3)
    positive = [name for name, score in on_device if score > 0]
    assert [catalogue.ids[item] for item in slate.items][: len(positive)] == positive
