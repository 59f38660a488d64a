"""The gateway as a program of its own, started and stopped by the demo."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from gateway.demo.errors import DemoError

READY_WITHIN_SECONDS = 60.0

STOPPED_WITHIN_SECONDS = 60.0

_LOOK_EVERY_SECONDS = 0.05


class ServerProcess:
    """One `volens serve`, in a process group of its own so that an interrupt reaches the demo first.

    It holds the reading end of a pipe from the demo, and stops when that ends: a demo that is killed leaves no gateway behind.
    """

    def __init__(self, directory: Path, host: str, port: int, log_file: Path) -> None:
        """Start it.

        Args:
            directory: an initialised data directory.
            host: address to listen on.
            port: port to listen on, free.
            log_file: where the gateway's own log goes, appended.
        """
        command = [
            sys.executable,
            "-m",
            "gateway",
            "serve",
            str(directory),
            "--host",
            host,
            "--port",
            str(port),
            "--stop-with-input",
        ]
        with log_file.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own program with arguments of our own
                command, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
            )

    def wait_until_ready(self, is_ready: Callable[[], bool]) -> float:
        """Wait for the gateway to take traffic; returns the seconds it took.

        Raises:
            DemoError: it ended, or is not ready in time.
        """
        started = time.monotonic()
        while time.monotonic() - started < READY_WITHIN_SECONDS:
            code = self._process.poll()
            if code is not None:
                raise DemoError(f"the gateway ended with exit code {code} before it was ready")
            if is_ready():
                return time.monotonic() - started
            time.sleep(_LOOK_EVERY_SECONDS)
        raise DemoError(f"the gateway was not ready within {READY_WITHIN_SECONDS:.0f} seconds")

    def stop(self) -> int:
        """Ask it to stop, and wait until it has finished its work; returns its exit code.

        Raises:
            DemoError: it did not stop in time; it was killed.
        """
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGTERM)
        try:
            return self._process.wait(STOPPED_WITHIN_SECONDS)
        except subprocess.TimeoutExpired as exc:
            raise DemoError("the gateway did not stop when asked; it was killed") from exc
        finally:
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
            self._let_go()

    def wait(self) -> int:
        """Wait until it ends by itself; returns its exit code.

        NOTE: it looks instead of blocking. Once Polars is loaded (1.36.1), an interrupt does not end a blocking wait.
        """
        while (code := self._process.poll()) is None:
            time.sleep(_LOOK_EVERY_SECONDS)
        self._let_go()
        return code

    def _let_go(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
