"""A directory that cannot be written is told as that, before anything is opened."""

import os
from pathlib import Path

import pytest

from gateway.directory.writable import require_private, require_writable
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


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777, 0o720, 0o1777])
def test_one_that_others_may_write_is_refused(tmp_path: Path, mode: int) -> None:
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    require_private(tmp_path, keys, tmp_path / "missing")
    keys.chmod(0o755)
    require_private(keys)
    keys.chmod(mode)
    with pytest.raises(DirectoryError, match="chmod go-w"):
        require_private(tmp_path, keys)
