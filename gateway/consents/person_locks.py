"""One lock for each person at work: what is done about one person happens one after the other."""

from __future__ import annotations

import asyncio
import weakref

from privacy import SubjectRef


class PersonLocks:
    """Locks that are there while somebody holds or awaits them."""

    def __init__(self) -> None:
        """Nobody is held."""
        self._locks: weakref.WeakValueDictionary[SubjectRef, asyncio.Lock] = weakref.WeakValueDictionary()

    def of(self, ref: SubjectRef) -> asyncio.Lock:
        """The lock of a person."""
        lock = self._locks.get(ref)
        if lock is None:
            lock = self._locks[ref] = asyncio.Lock()
        return lock
