"""Attacks of the threat table that no other journey tries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.gateway_process import Gateways, volens
from tests.journey.in_process import inside
from tests.journey.shop import item, view


def shape(value: Any) -> Any:
    """An answer without what may differ: the names of its members, all the way down."""
    if isinstance(value, dict):
        return {name: shape(member) for name, member in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else type(value).__name__


async def test_known_and_unknown_people_get_answers_of_one_shape(tmp_path: Path) -> None:
    async with inside(tmp_path / "volens") as served:
        await served.stock()
        await served.consent("known", "given", "analytics")
        known, unknown = await served.decide("known"), await served.decide("unknown")
        assert shape(known) == shape(unknown)
        sent = [await served.batch([view(who, item(1, 1))]) for who in ("known", "unknown")]
        assert [answer.status_code for answer in sent] == [200, 200]
        assert shape({**sent[0].json(), "reasons": {}}) == shape({**sent[1].json(), "reasons": {}})


@pytest.mark.slow
def test_a_second_process_is_refused_while_the_first_one_serves(gateways: Gateways) -> None:
    gateway = gateways.start()
    second = volens("serve", gateway.directory, "--port", "0")
    assert second.returncode != 0
    assert "another process" in second.stderr
    assert "Traceback" not in second.stderr
