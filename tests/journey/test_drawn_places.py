"""An answer says which places chance chose: those that were drawn, and none where nothing was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.journey.in_process import inside
from tests.journey.test_learning import directory, open_shop, own_decisions

__all__ = ["directory"]


@pytest.mark.parametrize("limit", [1, 2, 6])
async def test_the_first_places_are_told_to_be_drawn(directory: Path, limit: int) -> None:
    async with inside(directory) as served:
        await open_shop(served)
        answers = [await served.decide("ada", limit=limit) for _ in range(5)]
        assert {answer["drawn"] for answer in answers} == {min(3, limit)}
        for answer, decision in zip(answers, await own_decisions(served, "ada"), strict=True):
            drawn: Any = decision.payload.drawn
            ranked = [drawn.candidates[place] for place in drawn.chosen][: answer["drawn"]]
            assert decision.payload.items[: answer["drawn"]] == ranked


async def test_where_nothing_is_drawn_nothing_is_said(directory: Path) -> None:
    async with inside(directory) as served:
        await open_shop(served)
        assert "drawn" not in await served.decide("nobody")
    settings = directory / "volens.toml"
    settings.write_text(settings.read_text().replace("places = 3", "explore = false"))
    async with inside(directory) as served:
        await served.adopt_a_model()
        answer = await served.decide("ada")
        assert answer["personalised"]
        assert "drawn" not in answer
