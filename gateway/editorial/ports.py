"""What the editors' desk needs of a store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.editorial.decisions import EditorialDecision


class EditorialStore(Protocol):
    """Editors' decisions, each under its id.

    Contract:
        Concurrency: synchronous calls from any thread; writers wait for one another.
        Durability: when `put` returns, the decision survives a crash and a power loss.
        Order: `load_all` gives them by the time of their proposal, and of one second in the order of their ids.
        Errors: `consent.StoreUnavailableError` (nothing was changed), `consent.StoreCorruptError`.
        Absence: nothing is ever taken out.
    """

    def put(self, decision: EditorialDecision) -> None:
        """Keep a decision as it stands now, instead of how it stood before."""
        ...

    def load_all(self) -> Sequence[EditorialDecision]:
        """Every decision as it stands."""
        ...
