"""A real receiving server: the standard library's, on a port of its own."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.free_port import free_port


@dataclass
class Receiver:
    """A receiving server of the standard library, on a port of its own, that can be down, slow, or well."""

    port: int
    posts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    """Headers (names in lower case) and body of every batch it answered with 200."""
    hang: threading.Event = field(default_factory=threading.Event)
    """While set, requests are taken and not answered."""
    heard: int = 0
    """Requests that came in, answered or not."""
    _server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/signals"

    def ids(self) -> list[str]:
        return [event["id"] for _, body in self.posts for event in json.loads(body)]

    def indexes(self) -> list[int]:
        return [int(name.split("/")[-2]) for name in self.ids()]

    def open(self) -> None:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.heard += 1
                if receiver.hang.is_set():
                    self.close_connection = True
                    while receiver.hang.is_set():
                        time.sleep(0.01)
                    return
                receiver.posts.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        ThreadingHTTPServer.allow_reuse_address = True
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()

    def close(self) -> None:
        self.hang.clear()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


@contextmanager
def a_receiver(*, up: bool) -> Iterator[Receiver]:
    receiver = Receiver(free_port())
    if up:
        receiver.open()
    try:
        yield receiver
    finally:
        receiver.close()
