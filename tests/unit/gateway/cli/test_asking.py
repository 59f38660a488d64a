"""A command that asks a gateway says in a sentence what is wrong: with the address, or with what was asked for."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest
import typer

from gateway.cli import asking, main
from gateway.cli.asking import good


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """One whose gateway runs, as far as its socket says."""
    assert main(["init", str(tmp_path / "data")]) == 0
    capsys.readouterr()
    monkeypatch.setattr(asking, "is_running", lambda _: True)
    return tmp_path / "data"


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port of this machine at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


COMMANDS = [
    ["privacy", "releases"],
    ["privacy", "budget"],
    ["privacy", "run", "people_by_day"],
    ["rules", "list"],
    ["scoring", "models"],
    ["experiments", "list"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_an_address_where_nobody_listens_is_named(directory, closed_port, command, capsys):
    where = f"http://127.0.0.1:{closed_port}"
    words = [*command[:2], str(directory), *command[2:], "--url", where]
    assert main(words) == 1
    told = capsys.readouterr().err.removeprefix("measuring\n")
    assert told == f"volens: no gateway answers at {where}: say with --url where it runs\n"


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:23100",
        "ftp://x",
        "",
        "http://",
        "http://[",
        "http://h:x",
        "http://ada:pw@127.0.0.1:1",
        "x\x1b[31m",
    ],
)
def test_what_is_no_address_is_not_asked(directory, url, capsys):
    assert main(["privacy", "budget", str(directory), "--url", url]) == 1
    assert capsys.readouterr().err == "volens: --url is written like http://127.0.0.1:8080\n"


@contextmanager
def somebody_else(status: int) -> Iterator[str]:
    """A server that answers everything, and is no gateway."""

    class Page(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(status)
            self.send_header("content-length", "5")
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("status", [200, 404])
def test_somebody_else_is_no_gateway(directory, status, capsys):
    with somebody_else(status) as url:
        assert main(["privacy", "budget", str(directory), "--url", url]) == 1
    told = capsys.readouterr().err
    assert told.startswith("volens: what answers there is no gateway")
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"title": "No.", "detail": "It is so."}, "No. It is so."),
        ({"title": "No.", "errors": [{"pointer": "/window", "code": "invalid"}]}, "No. (/window: invalid)"),
        ({"error": "invalid_client", "error_description": "Failed."}, "Failed."),
        ({"title": "\x1b[31m"}, "what answers there is no gateway (status 422)"),
        ([1], "what answers there is no gateway (status 422)"),
    ],
)
def test_a_refusal_says_what_the_problem_says(body, told, capsys):
    with pytest.raises(typer.Exit):
        good(httpx.Response(422, json=body))
    assert capsys.readouterr().err == f"volens: {told}\n"


@pytest.mark.parametrize("window", ["2026-11-16.week", "2026-11-6", "never"])
def test_a_window_that_the_release_has_not_is_told_before_anything_is_asked(directory, window, capsys):
    assert main(["privacy", "run", str(directory), "people_by_day", "--window", window]) == 1
    assert "window of this" in capsys.readouterr().err


def test_an_export_of_another_kind_is_not_understood(directory, tmp_path, capsys):
    assert main(["privacy", "releases", str(directory), "--export", str(tmp_path / "x.xlsx")]) == 2
    assert ".csv or .parquet" in capsys.readouterr().err
    assert not (tmp_path / "x.xlsx").exists()
