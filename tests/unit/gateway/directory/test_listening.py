"""Where a gateway listens is told while it does, and to nobody for longer."""

from pathlib import Path

import pytest

from gateway.directory.listening import LISTENING_FILE, last_told, local_url, told_where


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:1"),
        ("0.0.0.0", "http://127.0.0.1:1"),
        ("::", "http://[::1]:1"),
        ("::1", "http://[::1]:1"),
        ("gateway.internal", "http://gateway.internal:1"),
    ],
)
def test_a_gateway_on_every_address_is_reached_by_loopback(host: str, url: str) -> None:
    assert local_url(host, 1) == url


def test_it_is_told_for_as_long_as_the_gateway_serves(tmp_path: Path) -> None:
    assert last_told(tmp_path) is None
    with told_where(tmp_path, "0.0.0.0", 8081):
        assert last_told(tmp_path) == "http://127.0.0.1:8081"
        assert (tmp_path / LISTENING_FILE).stat().st_mode & 0o777 == 0o600
    assert last_told(tmp_path) is None
    with pytest.raises(ZeroDivisionError), told_where(tmp_path, "0.0.0.0", 8081):
        raise ZeroDivisionError
    assert last_told(tmp_path) is None


def test_the_next_gateway_tells_its_own_address_in_place_of_what_a_killed_one_left(tmp_path: Path) -> None:
    (tmp_path / LISTENING_FILE).write_text("http://127.0.0.1:1\n")
    with told_where(tmp_path, "127.0.0.1", 2):
        assert last_told(tmp_path) == "http://127.0.0.1:2"


def test_where_nothing_can_be_written_it_serves_all_the_same(tmp_path: Path) -> None:
    with told_where(tmp_path / "gone", "127.0.0.1", 2):
        assert last_told(tmp_path / "gone") is None


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe"])
def test_what_cannot_be_read_counts_for_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / LISTENING_FILE).write_bytes(content)
    assert last_told(tmp_path) is None
