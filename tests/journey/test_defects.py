"""A defect of ours in the middle of a decision: everybody is answered, everything is counted, and the next question is fine."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, NoReturn

import pytest

import gateway.decision_path
from gateway.deciding.answers import AnswerWriter
from gateway.directory.init_directory import initialise
from gateway.telemetry.metrics import Gauge, Tally
from tests.journey.in_process import inside
from tests.journey.shop import view


def defect(*_: Any, **__: Any) -> NoReturn:
    raise ZeroDivisionError


@pytest.mark.parametrize("where", ["ranking", "entries", "answer"])
async def test_everybody_is_answered_and_the_next_question_is_fine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    async with inside(tmp_path / "volens", expects_faults=True) as served:
        await served.stock()
        await served.adopt_a_model()
        await served.personalise("ada")
        people = served.services.people
        number = people.number[next(iter(people.slots()))]
        write = AnswerWriter.write

        def fail_once(writer: AnswerWriter, *arguments: Any) -> bytes:
            monkeypatch.setattr(AnswerWriter, "write", write)
            defect()

        match where:
            case "ranking":
                monkeypatch.setattr(gateway.decision_path, "rank_group", defect)
            case "entries":
                monkeypatch.setattr(AnswerWriter, "payload", defect)
            case _:
                monkeypatch.setattr(AnswerWriter, "write", fail_once)
        async with asyncio.timeout(120):
            answers = await asyncio.gather(*[served.decide("ada") for _ in range(3)])
        assert {answer["reason"] for answer in answers} == {"internal"}
        assert all((answer["items"], answer["audit"]) == ([], None) for answer in answers)
        if where != "answer":
            assert people.number[next(iter(people.slots()))] == number, "no entry, so no number is used up"
        monkeypatch.undo()
        assert (await served.decide("ada"))["personalised"]
        assert served.services.decisions.balanced()


async def test_every_number_of_the_metrics_is_there(tmp_path: Path) -> None:
    async with inside(tmp_path / "volens") as served:
        page = (await served.http.get("/metrics")).text
        missing = [name.value for name in (*Gauge, *Tally) if f"volens_{name.value}" not in page]
        assert missing == []
        assert 'route="other"' in page


@pytest.mark.parametrize("data", ["canary", "", "eyJ9", "bm90IGpzb24="])
async def test_a_pixel_whose_event_is_not_taken_shows_the_picture_and_is_counted(
    tmp_path: Path, data: str
) -> None:
    async with inside(tmp_path / "volens") as served:
        answer = await served.http.get("/pixel/v1/track", params={"data": data})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
        assert "volens_pixel_failures_total 1.0" in (await served.http.get("/metrics")).text


@pytest.mark.parametrize(
    ("rule", "taken_as", "said"),
    [
        ('"id:128"', '"strings:128"', {"product_id": ["item-1", "item-2"]}),
        ('"products[].product_id" = "id:128"', 'products = "strings:128"', {"products": ["item-1"]}),
        (
            '"products[].product_id" = "id:128"',
            '"products[].product_id" = "strings:128"',
            {"products": [{"product_id": ["item-1"]}]},
        ),
    ],
)
async def test_a_policy_that_takes_something_else_for_a_product_is_no_defect(
    tmp_path: Path, rule: str, taken_as: str, said: dict[str, Any]
) -> None:
    directory = tmp_path / "volens"
    initialise(directory)
    policy = directory / "policy.toml"
    lines = [
        line.replace(rule, taken_as) if "product" in line else line
        for line in policy.read_text().splitlines()
        if not (taken_as.startswith("products =") and line.startswith('"products[].') and rule not in line)
    ]
    policy.write_text("\n".join(lines) + "\n")
    async with inside(directory) as served:
        assert (await served.consent("ada", "given")).status_code == 200
        name = "Order Completed" if "products" in said else "Product Viewed"
        answer = await served.batch([{**view("ada", "item-1"), "event": name, "properties": said}])
        assert answer.json()["accepted"] == 1
