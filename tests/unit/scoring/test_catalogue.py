"""The catalogue: permanent indices, and what may be shown now."""

from __future__ import annotations

import pytest

import scoring.catalogue
from scoring import Catalogue, CatalogueFullError, CatalogueItemError, Item


def catalogue_of(*items: Item) -> Catalogue:
    catalogue = Catalogue()
    catalogue.upsert(items)
    return catalogue


class TestIndices:
    def test_rise_in_order_of_arrival_and_stay_when_an_item_is_replaced(self) -> None:
        catalogue = catalogue_of(Item("a"), Item("b"))
        assert catalogue.upsert([Item("c"), Item("a", title="new"), Item("c", title="again")]) == [2, 0, 2]
        assert catalogue.ids == ["a", "b", "c"]
        assert catalogue.get("a") == Item("a", title="new")
        assert catalogue.get("c") == Item("c", title="again")

    def test_a_deleted_item_keeps_its_index_and_comes_back_to_it(self) -> None:
        catalogue = catalogue_of(Item("a"), Item("b", category="x"))
        assert catalogue.delete("b")
        assert not catalogue.delete("b")
        assert not catalogue.delete("never")
        assert catalogue.get("b") is None
        assert catalogue.index_of["b"] == 1
        assert catalogue.upsert([Item("c"), Item("b")]) == [2, 1]
        assert catalogue.available.tolist() == [True, True, True]

    def test_a_full_catalogue_takes_nothing_of_a_batch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(scoring.catalogue, "MAX_CATALOGUE_ITEMS", 2)
        catalogue = catalogue_of(Item("a"))
        with pytest.raises(CatalogueFullError):
            catalogue.upsert([Item("a", title="new"), Item("b"), Item("c")])
        assert catalogue.ids == ["a"]
        assert catalogue.get("a") == Item("a")
        assert catalogue.upsert([Item("b")]) == [1]

    def test_id_json_is_ascii_json_and_the_same_list_for_ever(self) -> None:
        catalogue = Catalogue()
        fragments = catalogue.id_json
        catalogue.upsert([Item('say "é"\n')])
        assert fragments == ['"say \\"\\u00e9\\"\\n"']


class TestAvailability:
    @pytest.mark.parametrize(
        ("item", "shown"),
        [
            (Item("a"), True),
            (Item("a", stock=1), True),
            (Item("a", stock=0), False),
            (Item("a", blocked=True), False),
            (Item("a", stock=3, blocked=True), False),
        ],
    )
    def test_follows_stock_and_blocks_in_the_same_step(self, item: Item, *, shown: bool) -> None:
        catalogue = catalogue_of(Item("a", stock=0), Item("b"))
        catalogue.upsert([item])
        assert catalogue.available.tolist() == [shown, True]

    def test_a_deleted_item_is_not_available(self) -> None:
        catalogue = catalogue_of(Item("a"), Item("b"))
        catalogue.delete("a")
        assert catalogue.available.tolist() == [False, True]

    def test_every_change_raises_the_version(self) -> None:
        catalogue = Catalogue()
        versions = [catalogue.version]
        catalogue.upsert([Item("a")])
        versions.append(catalogue.version)
        catalogue.upsert([Item("a", stock=0)])
        versions.append(catalogue.version)
        catalogue.delete("a")
        versions.append(catalogue.version)
        assert versions == sorted(set(versions))


class TestCategories:
    def test_group_the_items_and_follow_their_changes(self) -> None:
        catalogue = catalogue_of(Item("a", category="x"), Item("b"), Item("c", category="x"))
        assert catalogue.in_category("x").tolist() == [0, 2]
        assert catalogue.in_category("x").tolist() == [0, 2]
        catalogue.upsert([Item("a"), Item("b", category="x")])
        assert catalogue.in_category("x").tolist() == [1, 2]
        catalogue.delete("c")
        assert catalogue.in_category("x").tolist() == [1]
        assert catalogue.in_category("unknown").tolist() == []


class TestLoading:
    def test_what_was_stored_gets_the_same_indices(self) -> None:
        catalogue = Catalogue()
        catalogue.load([("a", Item("a", stock=0)), ("b", None), ("c", Item("c", category="x"))])
        assert catalogue.index_of == {"a": 0, "b": 1, "c": 2}
        assert catalogue.available.tolist() == [False, False, True]
        assert catalogue.in_category("x").tolist() == [2]
        assert len(catalogue) == 3

    def test_a_catalogue_with_items_cannot_be_loaded_over(self) -> None:
        with pytest.raises(CatalogueFullError):
            catalogue_of(Item("a")).load([("b", None)])

    @pytest.mark.parametrize("rows", [[("a", None), ("a", None)], [("a", Item("b"))]])
    def test_rows_that_contradict_one_another_are_refused(self, rows: list[tuple[str, Item | None]]) -> None:
        catalogue = Catalogue()
        with pytest.raises(CatalogueItemError):
            catalogue.load(rows)
        assert len(catalogue) == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"id": ""},
        {"id": "x" * 1025},
        {"title": "x" * 1025},
        {"category": "x" * 1025},
        {"tags": ("x" * 1025,)},
        {"tags": ("x",) * 65},
        {"price": -0.01},
        {"price": float("nan")},
        {"price": float("inf")},
        {"stock": -1},
    ],
)
def test_an_item_that_could_not_be_shown_is_refused_without_echo(fields: dict[str, object]) -> None:
    with pytest.raises(CatalogueItemError) as refused:
        Item(**{"id": "a", **fields})  # type: ignore[arg-type]
    assert "xx" not in str(refused.value)
