"""What people denied, kept outside the data directory: a restored backup undoes no withdrawal.

`DIR.keys/withdrawn` has a line for every refusal, withdrawal, objection and restriction: the person's mark (16 bytes of
HMAC-SHA-256 under their evidence key, which names nobody, and leads to nobody once that key is destroyed), the purpose, what it
became, when, and the epoch. At every start whoever's records are older than their lines is denied again (`consent.denied_since`).

What somebody denied themselves has a second line: that it stands (`+`) or is over (`-`), with a mark that `rights.key` leads to
(`kept_refusals`). So it stands also where no record knows of the person any more.

A new beginning (`reset`) has a line like a denial's, under a name that no purpose has (`gateway.lasting.disputing`).

- A line is durable before the denial is answered. If there is no space for it, not even the reserve
  (`DIR.keys/withdrawn.reserve`), the denial stands all the same, and its line is written with the next one; a start writes
  what the records have and the list lacks.
- It stays bounded: what is older than `KEPT_DAYS` before the newest line, and what a later line of the same person and purpose
  overtakes, goes when that is at least half of it. No older backup may be put back.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

from consent import Evidence, KeptDenial, Status
from gateway.errors import DirectoryError
from gateway.lasting.line_file import LineFile
from privacy import DAY_SECONDS

FILE = "withdrawn"

KEPT_DAYS = 400
"""How long a line is kept; no backup older than this may be put back."""

_TITLE = b"volens-withdrawn/v1\n"
_LABEL = b"volens/withdrawn/v1"
_BYTES = 16
_MOST_OWED = 100_000

_Marked = tuple[bytes, KeptDenial]
_Standing = dict[bytes, tuple[bool, int]]


class DeniedList:
    """The list, in its file. Calls may come from any thread."""

    def __init__(self, path: Path) -> None:
        """Use the list at `path`; make it if there is none.

        Raises:
            DirectoryError: it cannot be read or written, or is something else.
        """
        self._lock = threading.Lock()
        self._file = LineFile(path, _TITLE)
        self._owed: list[bytes] = []
        standing = [line for line in self._file.lines if line[:1] in (b"+", b"-")]
        self.standing: _Standing = dict(_parsed_standing(line) for line in standing)
        """Of a mark of a person's own refusal: whether it stands, and since when (unix seconds)."""
        read = [_parsed(line) for line in self._file.lines if line[:1] not in (b"+", b"-")]
        self._lines = len(self._file.lines)
        self._file.lines.clear()
        self._of_mark: dict[bytes, list[KeptDenial]] = {}
        self.newest = max((denial.recorded_at for _, denial in read), default=0)
        """When the newest denial was recorded that was on the list at the start (unix seconds)."""
        for mark, denial in self._bounded(read):
            self._of_mark.setdefault(mark, []).append(denial)

    def __len__(self) -> int:
        """How many people had lines at the start; 0 after `forget`."""
        return len(self._of_mark)

    def of(self, evidence_key: bytes) -> Sequence[KeptDenial]:
        """What a person had denied, in order, when the list was opened."""
        return self._of_mark.get(mark_of(evidence_key), ())

    def forget(self) -> None:
        """Nobody will ask any more: the start is over. The file keeps everything."""
        self._of_mark.clear()

    def add(self, evidence_key: bytes, denials: Iterable[KeptDenial]) -> None:
        """Keep what a person denied. Durable on return, unless there is no space: then it is kept with the next."""
        self.add_marked([(mark_of(evidence_key), denial) for denial in denials])

    def add_marked(self, denials: Sequence[_Marked]) -> None:
        """Keep what several people denied."""
        self._keep([_line(mark, denial) for mark, denial in denials])

    def stand(self, marks: Iterable[bytes], stands: bool, now: int) -> None:
        """Keep that these refusals by people themselves stand, or are over. Durable as `add`."""
        self._keep([_standing_line(mark, stands, now) for mark in marks])

    def _keep(self, lines: Sequence[bytes]) -> None:
        if not lines:
            return
        with self._lock:
            self._owed += lines
            try:
                self._file.append(b"".join(self._owed))
            except OSError:
                del self._owed[:-_MOST_OWED]
            else:
                self._owed.clear()

    def _bounded(self, read: list[_Marked]) -> list[_Marked]:
        latest: dict[tuple[bytes, str], _Marked] = {}
        for mark, denial in read:
            before = latest.get((mark, denial.purpose))
            if before is None or before[1].order <= denial.order:
                latest[mark, denial.purpose] = mark, denial
        oldest = self.newest - KEPT_DAYS * DAY_SECONDS
        kept = [each for each in latest.values() if each[1].recorded_at >= oldest]
        standing = [
            _standing_line(mark, *each)
            for mark, each in self.standing.items()
            if each[0] or each[1] >= oldest
        ]
        if self._lines and (len(kept) + len(standing)) * 2 <= self._lines:
            try:
                self._file.replace([*(_line(*each) for each in kept), *standing])
            except OSError:
                return kept  # too long, but whole
        return kept


def mark_of(evidence_key: bytes) -> bytes:
    """The mark of a person: 16 bytes that only their evidence key leads to."""
    return hmac.digest(evidence_key, _LABEL, hashlib.sha256)[:_BYTES]


def _line(mark: bytes, denial: KeptDenial) -> bytes:
    words = (mark.hex(), denial.recorded_at, denial.epoch, denial.status, denial.evidence, denial.purpose)
    return " ".join(map(str, words)).encode() + b"\n"


def _parsed(line: bytes) -> _Marked:
    try:
        mark, at, epoch, status, evidence, purpose = line.decode().split(" ", 5)
        return bytes.fromhex(mark), KeptDenial(
            purpose, Status(status), int(epoch), int(at), Evidence(evidence)
        )
    except ValueError as failure:
        raise DirectoryError("the list of denials in the keys directory is damaged") from failure


def _standing_line(mark: bytes, stands: bool, at: int) -> bytes:
    return f"{'+' if stands else '-'} {mark.hex()} {at}\n".encode()


def _parsed_standing(line: bytes) -> tuple[bytes, tuple[bool, int]]:
    try:
        sign, mark, at = line.decode().split(" ")
        return bytes.fromhex(mark), (sign == "+", int(at))
    except ValueError as failure:
        raise DirectoryError("the list of denials in the keys directory is damaged") from failure
