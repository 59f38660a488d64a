"""Which entries are about nobody: the log's own affairs and those of its officers. Every other entry stands beside a person.

An entry names nobody, and its tag leads to a person only with their key; but whoever holds many of them may learn what each alone
does not say. So what shows entries about people one by one may take a second officer (docs/officer.md).
"""

from __future__ import annotations

from collections.abc import Collection

from audit import Kind

OF_THE_LOG = (
    Kind.BOOT,
    Kind.GAP,
    Kind.POLICY,
    Kind.KEY,
    Kind.EXPORT,
    Kind.RELEASE,
    Kind.RETENTION,
    Kind.MODEL,
)
"""What became of the log, and what was handed out of it."""

_ABOUT_NOBODY = frozenset({*OF_THE_LOG, Kind.ADMIN})


def are_about_nobody(kinds: Collection[Kind | str]) -> bool:
    """Whether entries of these kinds are; no kind at all stands for every one."""
    return bool(kinds) and {Kind(kind) for kind in kinds} <= _ABOUT_NOBODY
