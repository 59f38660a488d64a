"""Versions of releases in memory: `privacy.ReleaseRegister` for tests. Nothing survives the process."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

from privacy.releases.register import Deployed


class MemoryReleaseRegister:
    """Versions by id and number."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._lock = threading.Lock()
        self._versions: dict[tuple[str, int], Deployed] = {}

    def propose(self, deployed: Deployed) -> Deployed:
        """See the port."""
        with self._lock:
            return self._versions.setdefault((deployed.release, deployed.version), deployed)

    def approve(self, release: str, version: int, by: str, *, now: int) -> bool:
        """See the port."""
        with self._lock:
            found = self._versions.get((release, version))
            if found is None or found.approved_by is not None or found.proposed_by == by:
                return False
            self._versions[release, version] = replace(found, approved_by=by, approved_at=now)
            return True

    def versions(self) -> Sequence[Deployed]:
        """See the port."""
        with self._lock:
            return [self._versions[key] for key in sorted(self._versions)]
