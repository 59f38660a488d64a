"""The worker from outside: started when something is to be measured, ended right after. Bounded in time."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol, TypeVar

import msgspec

from gateway.aggregates.questions import (
    Audit,
    AuditFinding,
    Failed,
    Findings,
    Losses,
    Measured,
    Places,
    Prove,
    Run,
)
from gateway.errors import MeasuringError
from privacy import Loss, Release

SECONDS = 1800.0
"""No single measurement takes longer."""
IDLE_SECONDS = 15.0
"""So long it waits for the next question."""
_LINE = 64 << 20
_ENVIRONMENT = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH")


_Answer = TypeVar("_Answer", Losses, Measured, Findings)


class Measuring(Protocol):
    """Proves and measures.

    Contract: errors are `MeasuringError`; nothing was published. `run` may be called again under the same reservation.
    """

    async def prove(self, releases: Sequence[Release]) -> list[Loss | None]:
        """What each costs; None where nobody can prove it."""
        ...

    async def run(self, release: Release, begin: int, places: Places, reserved: Loss) -> bytes:
        """Measure the window that begins at `begin`; the publication. Who counts in it is kept before anything is measured."""
        ...


class WorkerProcess:
    """A process that runs."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        """Speak to `process`."""
        self._process = process

    async def prove(self, releases: Sequence[Release]) -> list[Loss | None]:
        """See `Measuring`."""
        return (await self._ask(Prove(tuple(releases)), Losses)).losses

    async def run(self, release: Release, begin: int, places: Places, reserved: Loss) -> bytes:
        """See `Measuring`."""
        return (await self._ask(Run(release, begin, places, reserved), Measured)).body.encode()

    async def audit(self, release: Release, canaries: int) -> list[AuditFinding]:
        """Let the five tests look at a release. Raises as `prove`."""
        return (await self._ask(Audit(release, canaries), Findings)).findings

    @property
    def ended(self) -> bool:
        """Whether it runs no more."""
        return self._process.returncode is not None

    def kill(self) -> None:
        """End it at once."""
        if not self.ended:
            self._process.kill()

    async def wait(self) -> None:
        """Until it has ended."""
        await self._process.wait()

    async def _ask(self, question: Prove | Run | Audit, answer: type[_Answer]) -> _Answer:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(msgspec.json.encode(question) + b"\n")
            await stdin.drain()
            line = await asyncio.wait_for(stdout.readline(), SECONDS)
            said: _Answer | Failed = msgspec.json.decode(line, type=answer | Failed)
        except (OSError, TimeoutError, ValueError):
            raise MeasuringError("the process that measures broke off") from None
        if isinstance(said, Failed):
            raise MeasuringError("the process that measures could not do it")
        return said


class SharedWorker:
    """One worker for whoever comes within a little while: loading OpenDP takes longer than most measurements."""

    def __init__(self) -> None:
        """Start none yet."""
        self._lock = asyncio.Lock()
        self._worker: WorkerProcess | None = None
        self._ending: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[WorkerProcess]:
        """The worker, for as long as the block runs, and nobody else's.

        Raises:
            MeasuringError: it could not be started.
        """
        async with self._lock:
            if self._ending is not None:
                self._ending.cancel()
            if self._worker is None or self._worker.ended:
                self._worker = WorkerProcess(await _start())
            try:
                yield self._worker
            except BaseException:  # it may be in the middle of something: the next one starts anew
                self._worker.kill()
                raise
            finally:
                self._ending = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._worker.kill)

    async def stop(self) -> None:
        """End the worker's process."""
        if self._ending is not None:
            self._ending.cancel()
        if self._worker is not None:
            self._worker.kill()
            await self._worker.wait()


async def _start() -> asyncio.subprocess.Process:
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    try:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "gateway.aggregates.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**kept, "POLARS_MAX_THREADS": "2"},
            limit=_LINE,
        )
    except OSError:
        raise MeasuringError("the process that measures cannot be started") from None
