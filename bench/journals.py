"""What a gateway's journal tells of it, where no metric does."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from bench.errors import ServerError
from bench.servers import Server

_MODEL_SECONDS, _PREPARING_SECONDS = 900, 300


def read_journal(path: Path) -> list[dict[str, Any]]:
    """The lines of a journal; what others wrote between them is left out."""
    return [json.loads(line) for line in path.read_text().splitlines() if line.startswith("{")]


def trained_people(lines: list[dict[str, Any]]) -> list[int]:
    """How many people each model was trained on."""
    return [line["people"] for line in lines if line.get("happening") == "model_trained"]


def snapshot_size(lines: list[dict[str, Any]]) -> int:
    """How many entries were behind the last snapshot; 0 if there is none."""
    sizes = [line["size"] for line in lines if line.get("happening") in ("snapshot_written", "snapshot_read")]
    return int(sizes[-1]) if sizes else 0


def await_machine_code(server: Server, journal: Path) -> None:
    """Wait until the gateway's machine code is made: at the first start in a tree that takes a while, and all goes slower.

    Raises:
        ServerError: it was not.
    """
    deadline = time.monotonic() + _PREPARING_SECONDS
    while not any(line.get("happening") == "prepared" for line in read_journal(journal)):
        if time.monotonic() > deadline or server.process.poll() is not None:
            raise ServerError("the machine code is not made")
        time.sleep(0.1)


def await_model(server: Server, journal: Path, people: int, *, after: int = 0) -> None:
    """Wait until a model is in use that was trained on so many people.

    Args:
        server: the gateway.
        journal: its journal.
        people: how many at least.
        after: so many of the trainings that the journal tells of do not count.

    Raises:
        ServerError: none came.
    """
    deadline = time.monotonic() + _MODEL_SECONDS
    while max(trained_people(read_journal(journal))[after:], default=0) < people:
        if time.monotonic() > deadline or server.process.poll() is not None:
            raise ServerError("no model came")
        time.sleep(0.1)
