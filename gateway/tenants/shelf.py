"""The rule sets in force: read at the start, and again when a file has changed.

- The first question after `volens policy load` has returned is judged by the new rules.
- A file that somebody broke by hand stops a start. While the gateway runs, what was in force stays in force, and the
  journal says so.
- A tenant whose file is gone is gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from gateway.errors import DirectoryError, NotFoundError
from gateway.telemetry.journal import Happening, Journal
from gateway.tenants.errors import RuleSetError
from gateway.tenants.files import Stamp, TenantFiles
from gateway.tenants.model import RuleSet

Adopted = Callable[[str, RuleSet], None]
"""Learns of every rule set that comes into force, with the tenant's name."""


class TenantShelf:
    """Lives on the event loop; files are read in a thread."""

    def __init__(self, files: TenantFiles, journal: Journal, adopted: Adopted) -> None:
        """Keep the rule sets of `files`."""
        self._files = files
        self._journal = journal
        self._adopted = adopted
        self._stamps: dict[str, Stamp] = {}
        self._rules: dict[str, RuleSet] = {}

    def load_all(self) -> None:
        """Read every tenant's file.

        Raises:
            DirectoryError, RuleSetError: one of them cannot be used.
        """
        for name in self._files.names():
            stamp = self._files.stamp(name)
            if stamp is not None:
                self._take(name, stamp, self._files.read(name))

    async def rules_of(self, name: str) -> RuleSet:
        """The rules in force for a tenant.

        Raises:
            NotFoundError: there is no such tenant.
        """
        stamp = self._files.stamp(name)
        if stamp is None:
            self._stamps.pop(name, None)
            self._rules.pop(name, None)
            raise NotFoundError
        if self._stamps.get(name) != stamp:
            await self._read_again(name, stamp)
        found = self._rules.get(name)
        if found is None:
            raise NotFoundError
        return found

    async def _read_again(self, name: str, stamp: Stamp) -> None:
        try:
            rules = await asyncio.to_thread(self._files.read, name)
        except (DirectoryError, RuleSetError) as exc:
            self._stamps[name] = stamp
            self._journal.write(Happening.TENANT_REFUSED, tenant=name, error=type(exc).__name__)
            return
        self._take(name, stamp, rules)

    def _take(self, name: str, stamp: Stamp, rules: RuleSet) -> None:
        before = self._rules.get(name)
        self._stamps[name] = stamp
        self._rules[name] = rules
        if before is None or before.digest != rules.digest:
            self._journal.write(Happening.TENANT_LOADED, tenant=name, digest=rules.digest.hex())
            self._adopted(name, rules)
