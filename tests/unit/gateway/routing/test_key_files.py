"""The write key of a destination, in a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.routing import DestinationConfigError
from gateway.routing.key_files import load_secret


def test_a_write_key_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "write-key"
    path.write_bytes(b"wk_123\n")
    path.chmod(0o600)
    assert load_secret(path) == "wk_123"


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"a b", b"a:b", b"a\nb", b"\xff\xfe", b"a\x00b", b"x" * 5000]
)
def test_anything_else_is_no_write_key_and_is_not_shown(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "write-key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(DestinationConfigError) as caught:
        load_secret(path)
    assert caught.value.field == "secret_file"


def test_a_write_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "write-key"
    path.write_bytes(b"wk_123\n")
    path.chmod(0o640)
    with pytest.raises(DestinationConfigError):
        load_secret(path)
    with pytest.raises(DestinationConfigError):
        load_secret(tmp_path / "absent")
