"""A directory that cannot be written is told as that, before anything is opened."""

import os
from pathlib import Path

import pytest

from gateway.directory.writable import require_writable
from gateway.errors import DirectoryError


def test_what_can_be_written_passes_and_what_is_not_there_is_for_others_to_tell(tmp_path: Path) -> None:
    require_writable(tmp_path, tmp_path / "missing")


def test_one_that_cannot_be_written_is_refused_with_the_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != keys and may(path, mode))
    with pytest.raises(DirectoryError, match="read-only"):
        require_writable(tmp_path, keys)
