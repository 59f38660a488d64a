"""What `volens serve` tells a person at a terminal, and nobody else."""

from __future__ import annotations

import errno
import io

import pytest

from gateway.serving import greet


class Terminal(io.StringIO):
    """A standard output that a person looks at."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("host", "url"), [("127.0.0.1", "http://127.0.0.1:8080"), ("::1", "http://[::1]:8080")]
)
def test_a_person_is_told_where_to_look_and_how_to_stop(host: str, url: str) -> None:
    terminal = Terminal()
    greet(terminal, host, 8080)
    said = terminal.getvalue()
    assert all(f"{url}{page}" in said for page in ("", "/docs", "/ops", "/portal"))
    assert "Ctrl-C" in said
    assert said.count("\n") == 1


def test_a_pipe_is_told_nothing() -> None:
    pipe = io.StringIO()
    greet(pipe, "127.0.0.1", 8080)
    assert pipe.getvalue() == ""


class Gone(Terminal):
    """A terminal that was closed meanwhile."""

    def write(self, _: str) -> int:
        raise OSError(errno.EIO, "gone")


def test_no_standard_output_and_a_terminal_that_is_gone_stop_nothing() -> None:
    closed = Terminal()
    closed.close()
    for terminal in (None, Gone(), closed):
        greet(terminal, "127.0.0.1", 8080)
