"""A PostgreSQL of a test's own: made in a folder, reached through a socket there, and gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from tests.requirement import missing

_OWNER = "postgres"
_SECONDS = 120


@contextmanager
def postgresql() -> Iterator[str]:
    """Run an empty database; its address, as `budget.database_url_file` holds one. Skips the test where there is no PostgreSQL."""
    programs = _programs()
    with TemporaryDirectory(prefix="volens-pg-") as folder:
        home = Path(folder)
        owner = _OWNER if os.geteuid() == 0 else None  # it refuses to run as root
        if owner is not None:
            shutil.chown(home, owner)

        def call(program: str, *arguments: str) -> None:
            command: list[str | Path] = [programs / program, "-D", home / "data", *arguments]
            done = subprocess.run(
                command, user=owner, cwd=home, check=False, capture_output=True, text=True, timeout=_SECONDS
            )
            assert done.returncode == 0, done.stderr

        call("initdb", "--username", "volens", "--auth", "trust", "--no-sync", "--encoding", "UTF8")
        options = f"-c listen_addresses='' -c unix_socket_directories='{home}' -c max_connections=64"
        call("pg_ctl", "-w", "-t", str(_SECONDS), "-o", options, "-l", str(home / "server.log"), "start")
        try:
            yield f"postgresql+psycopg://volens@/postgres?host={quote(folder)}"
        finally:
            call("pg_ctl", "-w", "-t", str(_SECONDS), "-m", "immediate", "stop")


def _programs() -> Path:
    """Where the server's programs are: Debian keeps them from PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    named = shutil.which("initdb")
    return Path(named).parent if named else missing("PostgreSQL (initdb)")
