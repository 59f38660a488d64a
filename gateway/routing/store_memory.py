"""Cursors and dead letters in memory: for tests and trials. Not durable, whatever the contract says about crashes."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from gateway.routing.errors import CursorMovedBackError
from gateway.routing.model import DeadLetter, LetterKey


class MemoryRoutingStore:
    """Implements the port `RoutingStore`; loses everything with the process."""

    def __init__(self) -> None:
        """Begin with nothing kept."""
        self._lock = threading.Lock()
        self._cursors: dict[tuple[str, str], int] = {}
        self._letters: dict[LetterKey, DeadLetter] = {}

    def place(self, destination: str, purpose: str, index: int) -> int:
        """See the port."""
        with self._lock:
            return self._cursors.setdefault((destination, purpose), index)

    def cursor(self, destination: str, purpose: str) -> int | None:
        """See the port."""
        with self._lock:
            return self._cursors.get((destination, purpose))

    def settle(self, destination: str, purpose: str, next_index: int, letters: Sequence[DeadLetter]) -> None:
        """See the port."""
        with self._lock:
            if next_index < self._cursors.get((destination, purpose), 0):
                raise CursorMovedBackError
            self._cursors[destination, purpose] = next_index
            self._letters.update((letter.key, letter) for letter in letters)

    def letters(
        self, destination: str, purpose: str, after: LetterKey | None, limit: int
    ) -> list[DeadLetter]:
        """See the port."""
        with self._lock:
            chosen = [
                letter
                for key, letter in self._letters.items()
                if (key.destination, key.purpose) == (destination, purpose)
                and (after is None or (key.index, key.position) > (after.index, after.position))
            ]
        return sorted(chosen, key=lambda letter: (letter.key.index, letter.key.position))[:limit]

    def count(self, destination: str, purpose: str) -> int:
        """See the port."""
        with self._lock:
            return sum((key.destination, key.purpose) == (destination, purpose) for key in self._letters)

    def keep(self, letter: DeadLetter) -> None:
        """See the port."""
        with self._lock:
            if letter.key in self._letters:
                self._letters[letter.key] = letter

    def resolve(self, key: LetterKey) -> bool:
        """See the port."""
        with self._lock:
            return self._letters.pop(key, None) is not None
