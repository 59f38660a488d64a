"""Exports over HTTP: one at a time, each in a process of its own, so that nobody waits for it but whoever asked.

What is made lies in a directory of its own until it was handed out.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

import msgspec

from gateway.clock import Clock
from gateway.errors import (
    ExportFailedError,
    NotFoundError,
    QuestionInvalidError,
    RateLimitedError,
    UnavailableError,
)
from gateway.reporting.encodings import Encoding
from gateway.reporting.query import Query
from gateway.reports.apart import DONE, LOG_UNREACHABLE, NO_SUCH_RANGE, REFUSED, Errand
from gateway.telemetry.journal import Happening, Journal

SECONDS = 900
"""How long one export may take."""
_NOT_ENDED = -1
RETRY_SECONDS = 5.0
"""When to ask again while another one is being made."""


class ExportDesk:
    """Takes orders for exports. Lives on the event loop."""

    def __init__(self, directory: Path, clock: Clock, journal: Journal) -> None:
        """Export the log of the data directory `directory`, which this process serves; `journal` has what failed."""
        self._directory = directory
        self._clock = clock
        self._journal = journal
        self._busy = False

    async def make(self, query: Query, encoding: Encoding, places: tuple[int, ...] | None = None) -> Path:
        """An archive (zip) in a directory of its own, which `discard` removes.

        Args:
            query: what to select.
            encoding: how to write it.
            places: where the entries of the one person are whom `query` asks for, ascending.

        Raises:
            RateLimitedError: another export is being made.
            UnavailableError: the log takes no entry about it now.
            ExportFailedError: it broke off; asked for again, it would again.
            QuestionInvalidError: what is asked for makes no sense.
            NotFoundError: the log has no entry in this range.
        """
        if self._busy:
            raise RateLimitedError(RETRY_SECONDS)
        self._busy = True
        scratch = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="volens-export-"))
        try:
            archive = scratch / "export.zip"
            program = f"volens {version('volens')}"
            made_at = self._clock.now()
            errand = Errand(str(self._directory), str(archive), query, encoding, made_at, program, places)
            self._judge(*await self._run(errand))
        except BaseException:
            await discard(scratch / "export.zip")
            raise
        finally:
            self._busy = False
        return archive

    async def _run(self, errand: Errand) -> tuple[int, str]:
        """The exit code, and the name of the class of what was not expected."""
        async with _started() as process:
            try:
                async with asyncio.timeout(SECONDS):
                    said, _ = await process.communicate(msgspec.json.encode(errand))
            except TimeoutError as exc:
                return _NOT_ENDED, type(exc).__name__
            code = process.returncode
            return (_NOT_ENDED if code is None else code), said.decode(errors="replace")

    def _judge(self, code: int, error: str) -> None:
        """What an exit code comes to."""
        if code == NO_SUCH_RANGE:
            raise NotFoundError
        if code == REFUSED:
            raise QuestionInvalidError
        if code == DONE:
            return
        self._journal.write(Happening.EXPORT_FAILED, error=error or "none", exit_code=code)
        raise UnavailableError if code == LOG_UNREACHABLE else ExportFailedError


async def discard(archive: Path) -> None:
    """Remove an archive that was handed out, with its directory."""
    await asyncio.to_thread(shutil.rmtree, archive.parent, ignore_errors=True)


@asynccontextmanager
async def _started() -> AsyncIterator[asyncio.subprocess.Process]:
    """The process; it is gone when the block is left."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "gateway.reports.apart",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
