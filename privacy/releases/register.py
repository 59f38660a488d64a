"""Which releases are in force: each version was proposed by one and approved by another. The port, and what it keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from privacy.spending.loss import Loss


@dataclass(frozen=True, slots=True)
class Deployed:
    """One version of one release."""

    release: str
    """The id of the release."""
    version: int
    """The number of the version."""
    plan: bytes
    """SHA-256 of everything that says what is computed."""
    loss: Loss
    """What each window costs, as proved when it was proposed."""
    proposed_by: str
    """Who proposed it."""
    proposed_at: int
    """When (unix seconds)."""
    approved_by: str | None = None
    """By whom else; it is in force from then on."""
    approved_at: int | None = None
    """When (unix seconds)."""


class ReleaseRegister(Protocol):
    """Versions of releases.

    Contract:
        Concurrency: synchronous calls from any thread and any process, each one transaction.
        Durability: what a call wrote survives a crash and a power loss when it returns.
        Order: `versions` by id and version.
        Errors: `privacy.BudgetStoreError`: nothing was written.
        Never: a version changes its plan, or goes away.
    """

    def propose(self, deployed: Deployed) -> Deployed:
        """Keep a version unless it is known; the one that is kept."""
        ...

    def approve(self, release: str, version: int, by: str, *, now: int) -> bool:
        """Put a version in force; False, and nothing happens, if there is none, it is in force, or `by` proposed it."""
        ...

    def versions(self) -> Sequence[Deployed]:
        """Return every version."""
        ...
