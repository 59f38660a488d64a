"""Runs a published client, unmodified, against a tracking endpoint."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.clients.calls import Call
from tests.requirement import require, require_chromium, require_path

HERE = Path(__file__).parent
CLIENTS = ("send_segment.py", "send_rudder.py", "send_segment.mjs", "send_rudder.mjs")
"""The clients of server applications."""
BROWSER = "send_browser.py"
"""analytics.js in headless Chromium."""


def send(client: str, url: str, key: str, calls: list[Call], *more: str) -> None:
    """Let a client make `calls` to `url`.

    Raises:
        AssertionError: the client reported that something was not delivered.
    """
    if client.endswith(".mjs") or client == BROWSER:
        require_path(HERE / "node_modules", "npm ci in tests/clients")
    if client == BROWSER:
        require_chromium()
    runner = [require("node")] if client.endswith(".mjs") else [sys.executable]
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(
        [*runner, str(HERE / client), url, key, *more],
        input="".join(json.dumps(call) + "\n" for call in calls), capture_output=True, text=True, timeout=300, check=False, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
