"""However a round's program ends, it leaves a word of how: nobody waits for one that is over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from federated.driving import ControllerError
from gateway.cli import main
from gateway.fleet_server import round_app
from gateway.fleet_server.round_place import RoundPlace, place_handed_over


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


@pytest.fixture
def place(tmp_path):
    return RoundPlace(str(tmp_path / "data"), "http://127.0.0.1:1", "me", str(tmp_path / "outcomes"))


def test_what_is_handed_over_is_what_the_program_is_told(tmp_path, place, monkeypatch):
    for name, value in place.hand_over(tmp_path).items():
        monkeypatch.setenv(name, value)
    assert place_handed_over() == place


def test_how_it_ended_is_left_and_taken_once(tmp_path, place):
    place.hand_over(tmp_path)
    assert not place.is_left(7)
    place.leave_outcome(7, lambda: {"round": 1})
    assert place.is_left(7)
    assert place.take_outcome(7) == {"round": 1}
    assert place.take_outcome(7) == {"refused": "no_outcome"}
    place.leave_outcome(7, lambda: fail(ControllerError("budget")))
    assert place.take_outcome(7) == {"refused": "budget"}
    with pytest.raises(ZeroDivisionError):
        place.leave_outcome(7, lambda: fail(ZeroDivisionError()))
    assert place.take_outcome(7) == {"refused": "driver_failed"}


def test_a_gateway_without_items_is_said_to_have_none(tmp_path, place, monkeypatch):
    assert main(["init", str(tmp_path / "data")]) == 0
    place.hand_over(tmp_path)
    monkeypatch.setattr(round_app, "HttpAsking", Nothing)
    grid: Any = None
    place.leave_outcome(1, lambda: round_app._driven(grid, place))
    assert place.take_outcome(1) == {"refused": "no_items"}
