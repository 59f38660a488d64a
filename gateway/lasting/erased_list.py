"""Which keys were destroyed, kept outside the data directory: a restored backup brings nobody back.

`DIR.keys/erased` holds the fingerprint of every evidence key that an erasure destroys, one a line, as the log's `erasure` entries
do. It is written before the rows go. At every start, before anything is served, whoever has a key that is on the list is erased
(again): their rows came back with an older copy of the records, or a crash came between the list and the rows. A fingerprint
names nobody, and somebody who comes back by their own will has a new key.

It is only ever appended to, with space set aside for it (`DIR.keys/erased.reserve`). If it is lost or an older copy comes back, a
start makes it again from the records. Back it up apart from the data, and never put older copies of both back.
"""

from __future__ import annotations

import threading
from pathlib import Path

from gateway.errors import DirectoryError
from gateway.lasting.line_file import LineFile

FILE = "erased"

_TITLE = b"volens-erased/v1\n"
_CHARACTERS = 64


class ErasedList:
    """The list, in its file. Calls may come from any thread."""

    def __init__(self, path: Path) -> None:
        """Use the list at `path`; make it if there is none.

        Raises:
            DirectoryError: it cannot be read or written, or is something else.
        """
        self._lock = threading.Lock()
        self._file = LineFile(path, _TITLE)
        self._known = _read(self._file.lines)

    def __len__(self) -> int:
        """How many keys."""
        return len(self._known)

    def __contains__(self, fingerprint: bytes) -> bool:
        """Whether this key was to be destroyed."""
        return fingerprint in self._known

    def add(self, *fingerprints: bytes) -> None:
        """Keep them, each once.

        Durable: the lines.

        Raises:
            OSError: they could not be kept.
        """
        with self._lock:
            new = [each for each in fingerprints if each not in self._known]
            if new:
                self._append(b"".join(each.hex().encode() + b"\n" for each in new))
                self._known.update(new)

    def _append(self, line: bytes) -> None:
        self._file.append(line)


def _read(lines: list[bytes]) -> set[bytes]:
    try:
        known = {bytes.fromhex(line.decode("ascii")) for line in lines}
    except ValueError as failure:
        raise DirectoryError("the list of erased keys is damaged") from failure
    if any(len(line) != _CHARACTERS for line in lines):
        raise DirectoryError("the list of erased keys is damaged")
    return known
