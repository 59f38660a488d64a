"""Rule sets at rest: `DIR/tenants/NAME.toml`, each written whole or not at all.

Contract:
    Durability: `save` returns when the file and its name are on disk.
    Concurrency: a reader sees the file before or after, never between; of two writers the last wins.
    Errors: `DirectoryError`, `RuleSetError`.
    Absence: `stamp` gives None; `read` raises.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from gateway.durable_files import put_in_place, sync_directory
from gateway.errors import DirectoryError, Finding
from gateway.tenants.errors import RuleSetError
from gateway.tenants.model import RuleSet
from gateway.tenants.rule_file import MAX_RULES_BYTES, parse_rules

Stamp = tuple[int, int, int]
"""Tells a file from its successor: inode, size, time of the last change (nanoseconds)."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}").fullmatch
_SUFFIX = ".toml"


class TenantFiles:
    """The rule sets of a data directory."""

    def __init__(self, directory: Path) -> None:
        """Keep them in `tenants/` of the data directory; it is made when it is needed."""
        self._directory = directory / "tenants"

    def names(self) -> list[str]:
        """The tenants there are, sorted."""
        if not self._directory.is_dir():
            return []
        listed = (path.name.removesuffix(_SUFFIX) for path in self._directory.glob(f"*{_SUFFIX}"))
        return sorted(name for name in listed if _NAME(name))

    def stamp(self, name: str) -> Stamp | None:
        """What tells the present file from another; None if there is none."""
        if not _NAME(name):
            return None
        try:
            found = (self._directory / f"{name}{_SUFFIX}").stat()
        except OSError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns

    def read(self, name: str) -> RuleSet:
        """The rule set of a tenant.

        Raises:
            DirectoryError: there is none, or it cannot be read.
            RuleSetError: it cannot be used.
        """
        try:
            with (self._directory / f"{name}{_SUFFIX}").open("rb") as file:
                raw = file.read(MAX_RULES_BYTES + 1)
        except OSError as exc:
            raise DirectoryError("a tenant's rule set is missing or cannot be read") from exc
        try:
            return parse_rules(raw)
        except RuleSetError as exc:
            where = f"tenants/{name}{_SUFFIX}"
            raise RuleSetError(
                [Finding(f"{where} {each.where}", each.code) for each in exc.findings]
            ) from None

    def save(self, name: str, raw: bytes) -> RuleSet:
        """Check a rule set and store it under a tenant's name, instead of the one that is there.

        Raises:
            DirectoryError: the name is not allowed, or it cannot be written.
            RuleSetError: it cannot be used; nothing was changed.
        """
        if not _NAME(name):
            raise DirectoryError(
                "a tenant's name has lower-case letters, digits, hyphens and underscores, at most 63"
            )
        rules = parse_rules(raw)
        try:
            self._directory.mkdir(mode=0o700, exist_ok=True)
            self._write(self._directory / f"{name}{_SUFFIX}", raw)
            sync_directory(self._directory.parent)
        except OSError as exc:
            raise DirectoryError("the tenant's rule set cannot be written") from exc
        return rules

    def _write(self, path: Path, raw: bytes) -> None:
        handle, fresh = tempfile.mkstemp(prefix=".new-", dir=self._directory)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            put_in_place(Path(fresh), path)
        except BaseException:
            Path(fresh).unlink(missing_ok=True)
            raise
