"""A server that records what a tracking client sends it: every answer is the one a tracking API must give."""

from __future__ import annotations

import base64
import gzip
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def settings_of(path: str, host: str) -> dict[str, Any]:
    """What `/v1/projects/{key}/settings` answers; analytics.js sends with the key, and to the host, that stand in it."""
    destination = {"apiKey": path.split("/")[3], "apiHost": f"{host}/v1", "protocol": "http"}
    return {"integrations": {"Segment.io": destination}, "metrics": {"sampleRate": 0}}


@dataclass
class Recording:
    """What arrived, in order."""

    paths: list[str] = field(default_factory=list)
    """The path of each request with a body."""
    keys: set[str] = field(default_factory=set)
    """The write keys that were presented."""
    events: list[dict[str, Any]] = field(default_factory=list)
    """The events, one by one."""


class Recorder(ThreadingHTTPServer):
    """Listens on a port of the loopback interface while it is used as a context manager."""

    daemon_threads = True

    def __init__(self) -> None:
        """Listen; nothing recorded yet."""
        super().__init__(("127.0.0.1", 0), Handler)
        self.recording = Recording()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> Recorder:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    """Takes events, gives settings, allows every origin."""

    server: Recorder
    protocol_version = "HTTP/1.1"

    def answer(self, body: dict[str, Any]) -> None:
        """Answer 200 with JSON."""
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.send_header("access-control-allow-origin", "*")
        self.send_header("access-control-allow-headers", "*, authorization, content-type, x-retry-count")
        self.end_headers()
        self.wfile.write(data)

    def do_OPTIONS(self) -> None:
        """Answer a preflight."""
        self.answer({})

    def do_GET(self) -> None:
        """Answer a request for settings."""
        self.answer(settings_of(self.path, self.headers["host"]))

    def do_POST(self) -> None:
        """Record the events of one request."""
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        said = json.loads(body)
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        basic = base64.b64decode(value).decode().partition(":")[0] if scheme == "Basic" else ""
        recording = self.server.recording
        recording.paths.append(self.path)
        recording.keys.add(basic or said.get("writeKey", ""))
        recording.events += said.get("batch", [said])
        self.answer({"success": True})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name the base class gives it
        """Say nothing."""
