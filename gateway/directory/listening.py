"""Where the gateway of a directory listens while it runs, told to the commands beside it: `--host` and `--port` may differ
from what volens.toml says.

`DIR/listening` holds the address as a URL of this machine. It is there while the gateway serves; what one that was killed left
behind counts for nothing, because whoever reads it asks first whether a gateway runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gateway.durable_files import replace_file

LISTENING_FILE = "listening"

_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing is bound here


def local_url(host: str, port: int) -> str:
    """What listens at `host` and `port`, as a program on this machine reaches it."""
    address = _EVERY_ADDRESS.get(host, host)
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"


@contextmanager
def told_where(directory: Path, host: str, port: int) -> Iterator[None]:
    """Tell the commands beside this process where it listens, for as long as it does.

    A directory in which this cannot be written keeps nobody from serving: the commands go by volens.toml then.
    """
    place = directory / LISTENING_FILE
    with suppress(OSError):
        replace_file(place, f"{local_url(host, port)}\n".encode())
    try:
        yield
    finally:
        with suppress(OSError):
            place.unlink()


def last_told(directory: Path) -> str | None:
    """What the gateway that runs told, or one before it that was killed; None if there is nothing."""
    try:
        return (directory / LISTENING_FILE).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        return None
