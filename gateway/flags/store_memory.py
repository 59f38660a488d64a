"""Flags in memory: `gateway.flags.ports.FlagStore` for tests. Nothing survives the process."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator

from gateway.flags.ports import NOTHING, ArmCounts, Ended


class MemoryFlags:
    """Flags by key, and counts."""

    def __init__(self) -> None:
        """Start with none."""
        self._lock = threading.Lock()
        self._flags: dict[str, bytes] = {}
        self._ended: dict[tuple[str, str], bytes] = {}
        self._counts: Counter[tuple[str, str]] = Counter()

    def put(self, key: str, body: bytes, ended: Ended = NOTHING) -> None:
        """See the port."""
        with self._lock:
            self._flags[key] = body
            self._ended |= {(key, salt): each for salt, each in ended.items()}

    def delete(self, key: str, ended: Ended = NOTHING) -> bool:
        """See the port."""
        with self._lock:
            self._ended |= {(key, salt): each for salt, each in ended.items()}
            return self._flags.pop(key, None) is not None

    def load_ended(self) -> Iterator[tuple[str, bytes]]:
        """See the port."""
        with self._lock:
            return iter([(key, each) for (key, _), each in sorted(self._ended.items())])

    def load_all(self) -> Iterator[tuple[str, bytes]]:
        """See the port."""
        with self._lock:
            return iter(sorted(self._flags.items()))

    def add_withdrawals(self, counts: ArmCounts) -> None:
        """See the port."""
        with self._lock:
            self._counts.update(counts)

    def withdrawals(self) -> dict[tuple[str, str], int]:
        """See the port."""
        with self._lock:
            return dict(self._counts)
