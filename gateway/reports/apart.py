"""An export in a process of its own, for a gateway that must not wait for it: `python -m gateway.reports.apart`.

It reads what is asked from standard input, writes one archive, and says by its exit code how it ended; of what it did not expect
it writes the name of the class to standard output, and no more. The entry goes through the gateway's socket, as from any other
program.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

import msgspec

from audit import IntakeError, LogUnavailableError
from gateway.directory.policy_file import read_policy
from gateway.reporting.encodings import Encoding
from gateway.reporting.errors import ExportError, NoSuchRangeError
from gateway.reporting.exporting import Order, make_export
from gateway.reporting.query import Query
from gateway.reporting.recording import record_beside
from gateway.reports.writing import report_writer
from gateway.settings.reading import load_settings

DONE, BROKEN, NO_SUCH_RANGE, REFUSED, LOG_UNREACHABLE = 0, 1, 3, 4, 5
"""The exit codes of the process; `BROKEN` is also that of a Python that ends by itself."""
NICENESS = 10
"""Whoever waits for a slate goes first."""
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


class Errand(msgspec.Struct, frozen=True):
    """What is asked of the process."""

    directory: str
    """The data directory."""
    archive: str
    """The file to write; nothing may be there."""
    query: Query
    """What to select."""
    encoding: Encoding
    """How to write it."""
    made_at: int
    """When the report was asked for (unix seconds)."""
    program: str
    """Name and version of what makes it."""
    places: tuple[int, ...] | None = None
    """Where the one person's entries are whom the query asks for."""


def run(errand: Errand) -> None:
    """Make the export and its archive.

    Raises:
        ExportError: what is asked for makes no sense, or is not there.
        LogUnavailableError, IntakeError: the log takes nothing, or is not reached.
        AuditError: the log cannot be read.
    """
    settings = load_settings(Path(errand.directory))
    policy = read_policy(settings.directory)
    archive = Path(errand.archive)
    with tempfile.TemporaryDirectory(dir=archive.parent) as scratch:
        out = Path(scratch) / "export"
        order = Order(
            settings.directory / "log",
            out,
            errand.query,
            errand.encoding,
            errand.made_at,
            errand.program,
            places=errand.places,
            known_purposes=frozenset(entry.code for entry in policy.entries),
        )
        make_export(
            order, record_beside(settings, policy, lambda: errand.made_at), report_writer(policy, settings)
        )
        with zipfile.ZipFile(archive, "x", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
            for path in sorted(path for path in out.rglob("*") if path.is_file()):
                about = zipfile.ZipInfo(f"export/{path.relative_to(out).as_posix()}", _LONG_AGO)
                about.compress_type = zipfile.ZIP_DEFLATED
                with path.open("rb") as source, packed.open(about, "w", force_zip64=True) as target:
                    shutil.copyfileobj(source, target)


def main() -> int:
    """Run one errand; the exit code."""
    os.nice(NICENESS)
    errand = msgspec.json.decode(sys.stdin.buffer.read(), type=Errand)
    try:
        run(errand)
    except NoSuchRangeError:
        return NO_SUCH_RANGE
    except ExportError:
        return REFUSED
    except (LogUnavailableError, IntakeError):
        return LOG_UNREACHABLE
    except Exception as exc:  # noqa: BLE001  # the gateway notes its name
        sys.stdout.write(type(exc).__name__)
        return BROKEN
    return DONE


if __name__ == "__main__":
    sys.exit(main())
