"""Every notice that was ever in force, kept by its hash in the data directory.

    DIR/notices/<SHA-256 in hexadecimal>        the canonical bytes of one notice, never changed, never removed

- When a policy is in force for the first time, its notices are written before anything is served under it.
- A file whose bytes are not those of its name is as good as missing. A notice in force is then written anew; an older one
  is gone, and the consents given under it do not count any more.
- Whoever asks during a run asks memory: what was good at the start stays.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from consent import Notice
from gateway.durable_files import replace_file, sync_directory
from gateway.errors import DirectoryError

NOTICES_DIRECTORY = "notices"
MAX_NOTICE_BYTES = 1 << 20

_NAME = re.compile(r"[0-9a-f]{64}")


class NoticeShelf:
    """The notices that are kept; a container of their digests."""

    def __init__(self, notices: Iterable[bytes]) -> None:
        """Keep these, by their content."""
        self._contents = {hashlib.sha256(content).digest(): content for content in notices}

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
            return cls(kept.values())
        except OSError as exc:
            raise DirectoryError("the notices cannot be read or written") from exc

    def __contains__(self, digest: object) -> bool:
        """Whether the notice of this digest is kept."""
        return digest in self._contents

    def content(self, digest: bytes) -> bytes | None:
        """The canonical bytes of a notice; None if it is not kept."""
        return self._contents.get(digest)


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
