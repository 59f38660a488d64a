"""`volens` in a process of its own that does not load its modules anew: forked from a server that has loaded them once.

Loading takes most of the time of a start, and the tests start hundreds. Everything after the loading is the same: the command
line, its environment and files, the signals, the exit code. That the program also starts from nothing, as an operator starts it,
is what tests/house/test_readme.py, tests/house/test_running.py and tests/unit/gateway/cli/test_entry.py show.

Source: Python, multiprocessing, "Contexts and start methods", `forkserver`: the server has no thread of Python's.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from pkgutil import iter_modules

from gateway import routes

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(
    [
        "gateway.cli.entry",
        "gateway.serving",
        "scoring.compiled_ranking",
        "numba",
        *(each.name for each in iter_modules(routes.__path__, "gateway.routes.")),
    ]
)


def _run(
    arguments: Sequence[str], directory: str, environment: Mapping[str, str], files: tuple[str, str, str]
) -> None:
    """Be `volens`: what the new process does."""
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(environment)
    for number, path in enumerate(files):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND if number else os.O_RDONLY, 0o600)
        os.dup2(file, number)
        os.close(file)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  # it stays open as long as the process
    sys.argv = ["volens", *arguments]
    from gateway.cli import main

    sys.exit(main())


class ReadyProgram:
    """A command that runs; to be asked as a `subprocess.Popen` is."""

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str], files: tuple[Path, Path, Path]
    ) -> None:
        """Begin `volens` with these arguments; `files` are what it reads, and to what is appended what it says and complains."""
        told = (list(arguments), str(Path.cwd()), dict(environment), tuple(map(str, files)))
        self._process = _SERVER.Process(target=_run, args=told)
        self._process.start()

    @property
    def pid(self) -> int:
        """Its number."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once it has ended.

        Raises:
            subprocess.TimeoutExpired: it has not.
        """
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired("volens", timeout or 0.0)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to stop."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)
