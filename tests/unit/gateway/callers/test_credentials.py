"""credentials.json: private, whole, and never shown."""

from __future__ import annotations

import json
import os
import traceback
from pathlib import Path

import pytest

from gateway.callers.credentials import encode_credentials, load_credentials, new_credentials
from gateway.errors import CredentialsFileError

CANARY = "canary-0b51-canary"


def put(path: Path, content: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_what_was_written_is_read(tmp_path: Path) -> None:
    made = new_credentials(os.urandom)
    assert load_credentials(put(tmp_path / "c", encode_credentials(made))) == made
    assert made.write_key != made.server_key != made.client_secret
    assert min(len(key) for key in (made.write_key, made.server_key, made.client_secret)) >= 43


def test_no_representation_shows_a_secret() -> None:
    made = new_credentials(os.urandom)
    assert not any(secret in repr(made) for secret in (made.write_key, made.server_key, made.client_secret))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(CredentialsFileError):
        load_credentials(put(tmp_path / "c", encode_credentials(new_credentials(os.urandom)), mode))


def changed(**members: object) -> bytes:
    return json.dumps(json.loads(encode_credentials(new_credentials(os.urandom))) | members).encode()


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", f'{{"write_key": "{CANARY}'.encode(), b"\xff\xfe", changed(more=CANARY), changed(server_key=7),
     changed(server_key="short"), changed(server_key=CANARY, write_key=CANARY)],
)  # fmt: skip
def test_a_damaged_file_is_refused_without_being_shown(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(CredentialsFileError) as caught:
        load_credentials(put(tmp_path / "c", content))
    assert "canary-0b51" not in "".join(traceback.format_exception(caught.value))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CredentialsFileError):
        load_credentials(tmp_path / "c")
