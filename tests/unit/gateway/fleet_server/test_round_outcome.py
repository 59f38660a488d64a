"""However a round's program ends, it leaves a word of how: nobody waits for one that is over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from federated.driving import ControllerError
from gateway.cli import main
from gateway.fleet_server import round_app


class Nothing:
    """A gateway without items, devices or anything else."""

    def __init__(self, *_: object) -> None:
        pass

    def __call__(self, method: str, path: str) -> Mapping[str, Any]:
        assert (method, path) == ("GET", "/v1/federation/items")
        return {"items": []}

    def close(self) -> None:
        pass


def fail(error: Exception) -> Mapping[str, object]:
    raise error


def test_how_it_ended_is_left(tmp_path):
    place = tmp_path / "1"
    round_app.leave_outcome(place, lambda: {"round": 1})
    assert json.loads(place.read_text()) == {"round": 1}
    round_app.leave_outcome(place, lambda: fail(ControllerError("budget")))
    assert json.loads(place.read_text()) == {"refused": "budget"}
    with pytest.raises(ZeroDivisionError):
        round_app.leave_outcome(place, lambda: fail(ZeroDivisionError()))
    assert json.loads(place.read_text()) == {"refused": "driver_failed"}


def test_a_gateway_without_items_is_said_to_have_none(tmp_path, monkeypatch):
    assert main(["init", str(tmp_path / "data")]) == 0
    monkeypatch.setattr(round_app, "HttpAsking", Nothing)
    place: Any = tmp_path / "1"
    grid: Any = None
    round_app.leave_outcome(place, lambda: round_app._driven(grid, tmp_path / "data", "http://127.0.0.1:1"))
    assert json.loads(place.read_text()) == {"refused": "no_items"}
