"""Where a round's program finds its gateway, and leaves how the round ended: a file beside it, which nothing of Flower reads."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from federated.driving import ControllerError

_VARIABLE = "VOLENS_FLEET_ROUND"
"""The environment variable that names the file."""
_FILE = "round.json"


class RoundPlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a round's program is told."""

    directory: str
    """The data directory, for settings and credentials."""
    url: str
    """Where the gateway is."""
    driver: str
    """As who it drives rounds."""
    outcomes: str
    """The directory in which each run leaves its outcome, in a file of the run's number."""

    def hand_over(self, into: Path) -> dict[str, str]:
        """Write it to a file in `into`; what to put into the environment of the program."""
        Path(self.outcomes).mkdir(exist_ok=True)
        (into / _FILE).write_bytes(msgspec.json.encode(self))
        return {_VARIABLE: str(into / _FILE)}

    def leave_outcome(self, run_id: int, driven: Callable[[], Mapping[str, object]]) -> None:
        """Do what drives a round, and leave how it ended, whatever happens: nobody waits for a round that is over."""
        said: Mapping[str, object] = {"refused": "driver_failed"}
        try:
            said = driven()
        except ControllerError as refused:
            said = {"refused": refused.reason}
        finally:
            fresh = self._file_of(run_id).with_suffix(".new")
            fresh.write_text(json.dumps(said))
            fresh.rename(self._file_of(run_id))

    def is_left(self, run_id: int) -> bool:
        """Whether a run's outcome is there."""
        return self._file_of(run_id).exists()

    def take_outcome(self, run_id: int) -> Mapping[str, Any]:
        """How a run ended, once; `refused` as `no_outcome` if it has left none."""
        file = self._file_of(run_id)
        said = json.loads(file.read_text()) if file.exists() else {"refused": "no_outcome"}
        file.unlink(missing_ok=True)
        return dict(said)

    def _file_of(self, run_id: int) -> Path:
        return Path(self.outcomes) / str(run_id)


def place_handed_over() -> RoundPlace:
    """What this process was told."""
    return msgspec.json.decode(Path(os.environ[_VARIABLE]).read_bytes(), type=RoundPlace)
