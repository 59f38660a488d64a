"""What the demo is played with."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.demo import DemoError
from gateway.demo import material as module
from gateway.demo.material import Material, recorded_material, synthetic_material
from gateway.demo.shoppers import Choice
from gateway.replay import Recorded, Recording, products_of, subject_of

UNTIL = datetime(2026, 1, 1, tzinfo=UTC)


def met(material: Material) -> set[str]:
    return {
        product["product_id"]
        for entry in material.entries()
        if isinstance(entry, Recorded) and subject_of(entry.event) == material.willing.subject
        for product in products_of(entry.event)
    }


def recording(tmp_path: Path, n_people: int = 8) -> Recording:
    file = tmp_path / "data.csv"
    rows = [f"u{who},i{(who * 3 + item) % 11}" for who in range(n_people) for item in range(6)]
    file.write_text("\n".join(["user_id,item_id", "u-rare,i0", *rows, "broken"]))
    return Recording(file, event="Product Viewed")


def test_the_synthetic_shop_says_that_it_is_made_up() -> None:
    material = synthetic_material(seed=1, until=UNTIL)
    assert "synthetic" in material.label
    assert "made up" in material.candour
    assert material.n_events == len(list(material.entries()))
    assert (material.willing.choice, material.refusing.choice) == (Choice.EVERYTHING, Choice.NOTHING)


def test_the_fresh_item_is_in_stock_and_of_a_category_new_to_the_willing_person() -> None:
    material = synthetic_material(seed=1, until=UNTIL)
    items = {item["id"]: item for item in material.items}
    assert items[material.fresh_item]["stock"] > 0
    assert material.fresh_item not in met(material)
    assert items[material.fresh_item]["category"] not in {items[item]["category"] for item in met(material)}
    assert material.title(material.fresh_item) == items[material.fresh_item]["title"]
    assert material.title("p-unknown") == "p-unknown"


def test_recorded_people_are_not_shown_by_their_ids_and_made_up_consents_are_owned_up_to(
    tmp_path: Path,
) -> None:
    material = recorded_material(recording(tmp_path), None, seed=1)
    assert "consents are made up" in material.candour
    shown = material.label + material.candour + "".join(person.name for person in material.people)
    assert not any(value in shown for person in material.people for value in person.subject.values())
    assert (material.n_events, len(material.people), len(material.items)) == (49, 9, 11)
    assert material.willing.subject == {"id": "u0"}
    assert material.refusing.subject == {"id": "u1"}
    assert material.fresh_item not in met(material)
    assert Choice.SAYS_NO_IN_EVENTS not in {person.choice for person in material.people}


def test_titles_of_recorded_items_come_from_a_table_of_items(tmp_path: Path) -> None:
    table = tmp_path / "items.csv"
    table.write_text("item_id,title\ni3,Third thing\n")
    material = recorded_material(recording(tmp_path), table, seed=1)
    assert (material.title("i3"), material.title("i4")) == ("Third thing", "i4")


def test_in_a_large_recording_the_first_people_are_asked_and_the_others_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_PEOPLE_ASKED", 5)
    material = recorded_material(recording(tmp_path, 20), None, seed=1)
    assert len(material.people) == 5
    assert material.n_events == 121


def test_a_recording_of_one_person_is_too_small(tmp_path: Path) -> None:
    file = tmp_path / "data.csv"
    file.write_text("user_id,item_id\nu,i\nu,j\n")
    with pytest.raises(DemoError):
        recorded_material(Recording(file, event="Product Viewed"), None, seed=1)
