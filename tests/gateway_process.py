"""A real gateway in a process of its own, as an operator starts it: `volens init DIR`, `volens serve DIR` (`tests.ready_program`).

    gateway = gateways.start()
    gateway.client("decide events:write").post("/v1/decide", json=...)
    gateway.kill(); gateway.serve()                    # the same directory again

When the test is over every gateway is stopped, and a fault it counted that the test did not announce fails the test:
an internal error must not hide behind an answer that looked right.
"""

from __future__ import annotations

import json
import os
import re
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from tests.free_port import free_port
from tests.ready_program import ReadyProgram

READY_SECONDS = 120
STOP_SECONDS = 90
ANSWER_SECONDS = 90
"""Far longer than anything takes, also on a machine that is busy with other things: a hang is what these are for."""
FAULT = re.compile(r'^\S*\{[^}]*outcome="(fault\.[a-z_]+)"[^}]*\} ([0-9.e+]+)$', re.MULTILINE)

USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
"""Of tests' clients, which also play the browser: the name of their library would make them robots."""

NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients that speak to the loopback interface without TLS: reading the authorities takes longer than most requests."""


def files_of(directory: Path) -> dict[Path, bytes]:
    """What every file holds below the directory of a gateway that runs: some of them are being replaced meanwhile."""
    found = {}
    for root, _, names in os.walk(directory):
        for path in (Path(root, name) for name in names):
            with suppress(FileNotFoundError):
                if path.is_file():
                    found[path] = path.read_bytes()
    return found


def volens(*arguments: str | Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run one command of the CLI to its end, and return what it said and its exit code."""
    asked = [*map(str, arguments)]
    with TemporaryDirectory(prefix="volens-said-") as folder:
        given, said, complained = (Path(folder, name) for name in ("stdin", "stdout", "stderr"))
        given.write_text(stdin or "")
        program = ReadyProgram(asked, os.environ, (given, said, complained))
        try:
            code = program.wait(300)
        finally:
            program.kill()
        return subprocess.CompletedProcess(asked, code, said.read_text(), complained.read_text())


@dataclass
class Gateway:
    """One data directory and, while it is served, the process that serves it."""

    directory: Path
    port: int
    credentials: dict[str, str]
    environment: dict[str, str]
    expects_faults: bool = False
    """Set by a test that provokes a fault on purpose."""
    prefix: tuple[str, ...] = ()
    """A command that starts it within bounds, such as `prlimit`."""
    from_nothing: bool = False
    """Whether its interpreter is a new one: because of the prefix, or of variables that count when modules are loaded."""
    process: subprocess.Popen[bytes] | ReadyProgram | None = None
    _clients: list[httpx.Client] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log_file(self) -> Path:
        """What it wrote to its standard error, over all its lives."""
        return self.directory.with_name(self.directory.name + ".stderr")

    def serve(self, ready: bool = True) -> None:
        """Start serving, and return when it says that it is ready.

        Raises:
            AssertionError: it ended, or took too long; the message carries the end of its log.
        """
        asked = ["serve", str(self.directory), "--port", str(self.port)]
        if self.prefix or self.from_nothing:
            command = [*self.prefix, sys.executable, "-m", "gateway", *asked]
            with self.log_file.open("ab") as log:
                self.process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment
                )
        else:
            self.process = ReadyProgram(
                asked, self.environment, (Path(os.devnull), self.log_file, self.log_file)
            )
        if ready:
            self.wait_ready()

    def wait_ready(self) -> None:
        """Wait for `/readyz` to say 200."""
        assert self.process is not None
        deadline = time.monotonic() + READY_SECONDS
        with self.caller(timeout=10) as caller:
            while time.monotonic() < deadline:
                assert self.process.poll() is None, f"the gateway ended: {self.log_tail()}"
                try:
                    if caller.get("/readyz").status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                time.sleep(0.02)
        raise AssertionError(f"the gateway is not ready: {self.log_tail()}")

    def log_tail(self) -> str:
        """Return the last lines it logged."""
        return self.log_file.read_text(errors="replace")[-4000:]

    def token(self, scope: str) -> str:
        """Fetch an access token with the client credentials of the directory."""
        who = (self.credentials["client_id"], self.credentials["client_secret"])
        with self.caller() as caller:
            form = {"grant_type": "client_credentials", "scope": scope}
            answer = caller.post("/oauth/token", auth=who, data=form)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def client(self, scope: str = "events:write decide consent:read consent:write admin") -> httpx.Client:
        """Return an HTTP client that carries a token with these scopes."""
        headers = {"authorization": f"Bearer {self.token(scope)}"}
        self._clients.append(self.caller(headers=headers))
        return self._clients[-1]

    def source(self, key: str = "server_key") -> httpx.Client:
        """Return an HTTP client that sends events as a source does (Basic, the key as user name)."""
        self._clients.append(self.caller(auth=(self.credentials[key], "")))
        return self._clients[-1]

    def caller(self, *, timeout: float = ANSWER_SECONDS, **more: Any) -> httpx.Client:
        """Return an HTTP client that nobody has signed in; whoever asks for it closes it."""
        headers = {"user-agent": USER_AGENT, **more.pop("headers", {})}
        return httpx.Client(
            base_url=self.url, verify=NO_AUTHORITIES, timeout=timeout, headers=headers, **more
        )

    def stop(self) -> int:
        """Ask it to stop, wait until it has, and return its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """Kill it as a power cut would (SIGKILL): nothing gets a chance to be written."""
        return self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> int:
        process, self.process = self.process, None
        if process is None:
            return 0
        process.send_signal(how)
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"the gateway did not stop: {self.log_tail()}") from None

    def faults(self) -> dict[str, float]:
        """Return the faults it has counted since it started, from `/metrics`."""
        with self.caller() as caller:
            text = caller.get("/metrics").text
        return {name: float(count) for name, count in FAULT.findall(text) if float(count)}

    def close(self) -> None:
        """Stop it, if it still serves, and fail if it counted a fault nobody announced."""
        for client in self._clients:
            client.close()
        faults = self.faults() if self.process and self.process.poll() is None else {}
        self.stop()
        assert self.expects_faults or not faults, f"unannounced faults {faults}: {self.log_tail()}"


@dataclass
class Gateways:
    """Makes gateways for one test and ends them with it."""

    root: Path
    made: list[Gateway] = field(default_factory=list)

    def create(
        self, configure: Callable[[Path], None] | None = None, name: str = "", **environment: str
    ) -> Gateway:
        """Initialise a directory, let the test edit its files, and return the gateway, not yet serving."""
        directory = self.root / (name or f"volens-{len(self.made)}")
        done = volens("init", directory)
        assert done.returncode == 0, done.stderr
        if configure:
            configure(directory)
        credentials = json.loads((directory / "credentials.json").read_text())
        gateway = Gateway(directory, free_port(), credentials, {**os.environ, **environment})
        gateway.from_nothing = bool(environment)
        self.made.append(gateway)
        return gateway

    def start(self, configure: Callable[[Path], None] | None = None, **environment: str) -> Gateway:
        """Create a gateway and serve it."""
        gateway = self.create(configure, **environment)
        gateway.serve()
        return gateway

    def close(self) -> None:
        """End them all; the first complaint is raised when every one has stopped."""
        complaints = []
        for gateway in self.made:
            try:
                gateway.close()
            except AssertionError as complaint:
                complaints.append(complaint)
        if complaints:
            raise complaints[0]
