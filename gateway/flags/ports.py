"""What flags and experiments need of a store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Protocol

ArmCounts = Mapping[tuple[str, str], int]
"""(experiment, arm) -> how many withdrew."""

Ended = Mapping[str, bytes]
"""Salt -> a split of a flag as it was when it ended."""
NOTHING: Ended = MappingProxyType({})
"""No split ended."""


class FlagStore(Protocol):
    """Flags, and how many people withdrew from each arm. Nothing in it is about anybody in particular.

    Contract:
        Concurrency: synchronous calls from any thread; writers wait for one another.
        Durability: when a writing call returns, its change survives a crash and a power loss.
        Atomicity: a call is one transaction.
        Errors: `consent.StoreUnavailableError` (nothing was changed), `consent.StoreCorruptError`.
    """

    def put(self, key: str, body: bytes, ended: Ended = NOTHING) -> None:
        """Keep a flag, in place of the one of this key; and what ended of it, in place of what ended under the same salt."""
        ...

    def delete(self, key: str, ended: Ended = NOTHING) -> bool:
        """Keep it no longer, but what ended of it. Says whether it was there."""
        ...

    def load_ended(self) -> Iterator[tuple[str, bytes]]:
        """Every split that ended, with the key of its flag, by key and salt; also of flags that are kept no longer."""
        ...

    def load_all(self) -> Iterator[tuple[str, bytes]]:
        """Every flag, by key."""
        ...

    def add_withdrawals(self, counts: ArmCounts) -> None:
        """Add to the counts."""
        ...

    def withdrawals(self) -> dict[tuple[str, str], int]:
        """How many people withdrew, by experiment and arm."""
        ...
