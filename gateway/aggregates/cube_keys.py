"""Under which names people stand in the cube: new ones every week, which nobody can tie to those of the week before.

A name is the first 8 bytes of `HMAC-SHA-256(the week's key, purpose || 0 || SubjectRef)`, as a number. The keys lie outside
the data directory and are destroyed with the last table that needs them; so a person's rows are found by whoever knows the
person, and no list of who is who exists anywhere.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from privacy import Length, SubjectRef, load_or_create_key, window_at

_NAME_BYTES = 8


def week_of(day: str) -> str:
    """The name of the week in which a day lies (`2026-11-20`)."""
    midnight = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return window_at(Length.WEEK, int(midnight.timestamp())).name


class CubeKeys:
    """The weeks' keys, for any thread."""

    def __init__(self, directory: Path, entropy: Callable[[int], bytes]) -> None:
        """Keep keys in `directory`, which is made when the first one is."""
        self._directory = directory
        self._entropy = entropy
        self._keys: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def weeks(self) -> list[str]:
        """The weeks that have a key, oldest first."""
        return sorted(path.stem for path in self._directory.glob("*.key"))

    def name(self, subject: SubjectRef, purpose: str, at: int) -> int:
        """A person's name in the week of a moment. Makes the week's key at its first use.

        Raises:
            KeyFileError, OSError: the key cannot be read or made.
        """
        return self.name_in(subject, purpose, window_at(Length.WEEK, at).name)

    def name_in(self, subject: SubjectRef, purpose: str, week: str) -> int:
        """A person's name in a week. Raises as `name`."""
        key = self._keys.get(week) or self._key_of(week)
        digest = hmac.digest(key, purpose.encode() + b"\0" + subject, hashlib.sha256)
        return int.from_bytes(digest[:_NAME_BYTES], "big", signed=True)

    def _key_of(self, week: str) -> bytes:
        with self._lock:
            if week not in self._keys:
                self._directory.mkdir(mode=0o700, exist_ok=True)
                self._keys[week] = load_or_create_key(self._directory / f"{week}.key", self._entropy)
            return self._keys[week]

    def destroy_before(self, at: int) -> None:
        """Destroy the keys of weeks that ended before a moment."""
        first = window_at(Length.WEEK, at).name
        for week in self.weeks():
            if week < first:
                with self._lock:
                    self._keys.pop(week, None)
                    (self._directory / f"{week}.key").unlink(missing_ok=True)
