"""Editors' decisions in memory: `gateway.editorial.ports.EditorialStore` for tests. Nothing survives the process."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from gateway.editorial.decisions import EditorialDecision


class MemoryEditorial:
    """Decisions by id."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._lock = threading.Lock()
        self._decisions: dict[str, EditorialDecision] = {}

    def put(self, decision: EditorialDecision) -> None:
        """See the port."""
        with self._lock:
            self._decisions[decision.decision_id] = decision

    def load_all(self) -> Sequence[EditorialDecision]:
        """See the port."""
        with self._lock:
            return sorted(self._decisions.values(), key=lambda each: (each.proposed_at, each.decision_id))
