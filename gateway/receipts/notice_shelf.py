"""Every notice that was ever in force, kept by its hash in the data directory.

    DIR/notices/<SHA-256 in hexadecimal>        the canonical bytes of one notice, never changed, never removed

- When a policy is in force for the first time, its notices are written before anything is served under it.
- A file whose bytes are not those of its name is as good as missing. A notice in force is then written anew; an older one
  is gone, and the consents given under it do not count any more.
- Whoever asks during a run asks memory: what was good at the start stays.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from consent import KeptNotice, LegalBasis, Notice
from gateway.durable_files import replace_file, sync_directory
from gateway.errors import DirectoryError
from privacy import DAY_SECONDS

NOTICES_DIRECTORY = "notices"
MAX_NOTICE_BYTES = 1 << 20


class _Said(msgspec.Struct):
    """What a notice says of itself."""

    basis: str = ""
    purpose: str = ""
    version: int = 0
    lasts_days: int = 0


_NAME = re.compile(r"[0-9a-f]{64}")


class NoticeShelf:
    """The notices that are kept; a container of the digests of those that ask for consent."""

    def __init__(self, notices: Iterable[bytes]) -> None:
        """Keep these, by their content."""
        self._contents = {hashlib.sha256(content).digest(): content for content in notices}
        self._asking = {digest for digest, content in self._contents.items() if _asks(content)}
        self._first_days: Mapping[bytes, int] = {}

    @classmethod
    def open(cls, directory: Path, in_force: Iterable[Notice]) -> NoticeShelf:
        """Read the notices of a data directory, and add those in force that are not there yet.

        Args:
            directory: the data directory.
            in_force: the policy's notices.

        Raises:
            DirectoryError: they cannot be read, or new ones cannot be written.

        Durable: every notice in force.
        """
        place = directory / NOTICES_DIRECTORY
        try:
            kept = _read_all(place)
            for notice in in_force:
                if notice.digest not in kept:
                    replace_file(place / notice.digest.hex(), notice.content)
                    kept[notice.digest] = notice.content
            shelf = cls(kept.values())
            shelf._first_days = {digest: _first_day(place / digest.hex()) for digest in kept}
            return shelf
        except OSError as exc:
            raise DirectoryError("the notices cannot be read or written") from exc

    def __contains__(self, digest: object) -> bool:
        """Whether the notice of this digest is kept, and asks for consent: a yes to any other is none."""
        return digest in self._asking

    def first_day(self, digest: bytes) -> int:
        """When the day began on which a notice was first in force (unix seconds, UTC); 0 if it is not kept in a directory."""
        return self._first_days.get(digest, 0)

    def about(self, digest: bytes) -> KeptNotice | None:
        """What a notice says of itself; None if it is not kept, or is none."""
        try:
            said = msgspec.json.decode(self._contents.get(digest, b""), type=_Said)
        except msgspec.DecodeError:
            return None
        asks, since = digest in self._asking, self.first_day(digest)
        return KeptNotice(digest, said.purpose, said.version, asks, said.lasts_days, since)

    def content(self, digest: bytes) -> bytes | None:
        """The canonical bytes of a notice; None if it is not kept."""
        return self._contents.get(digest)


def keep_earlier(directory: Path, notices: Iterable[Notice], since: int) -> None:
    """Keep notices that were shown before the gateway had them, as shown since then; a start reads them.

    Args:
        directory: the data directory.
        notices: what people were told.
        since: when that began (unix seconds). What is kept as shown since an earlier day stays so.

    Raises:
        DirectoryError: they cannot be read or written.

    Durable: the notices.
    """
    place = directory / NOTICES_DIRECTORY
    try:
        kept = _read_all(place)
        for notice in notices:
            path = place / notice.digest.hex()
            if notice.digest not in kept:
                replace_file(path, notice.content)
            if path.stat().st_mtime > since:
                os.utime(path, (since, since))
    except OSError as exc:
        raise DirectoryError("the notices cannot be read or written") from exc


def _asks(content: bytes) -> bool:
    """Whether a notice says that its purpose rests on consent."""
    try:
        return msgspec.json.decode(content, type=_Said).basis == LegalBasis.CONSENT
    except msgspec.DecodeError:
        return False


def _first_day(path: Path) -> int:
    """By the file's time: it is written once. One that was lost and written again, or copied without its time, is younger."""
    return int(path.stat().st_mtime) // DAY_SECONDS * DAY_SECONDS


def _read_all(place: Path) -> dict[bytes, bytes]:
    if not place.is_dir():
        place.mkdir(mode=0o700)
        sync_directory(place.parent)
    kept = {}
    for path in sorted(place.iterdir()):
        if _NAME.fullmatch(path.name) and path.is_file() and path.stat().st_size <= MAX_NOTICE_BYTES:
            content = path.read_bytes()
            digest = hashlib.sha256(content).digest()
            if digest.hex() == path.name:
                kept[digest] = content
    return kept
