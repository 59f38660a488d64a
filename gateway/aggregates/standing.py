"""How something in `releases.toml` stands that two people put in force: a release, or the terms of the budget."""

from __future__ import annotations

from enum import StrEnum

SHIPPED_BY = "volens"
"""Who proposed what came with the program, and `volens-release` approved it."""
SHIPPED_APPROVAL = "volens-release"


class ReleaseStatus(StrEnum):
    """How it stands."""

    NEW = "new"
    """Nobody proposed this version."""
    PROPOSED = "proposed"
    """It waits for somebody else's approval."""
    IN_FORCE = "in_force"
    """It holds, or may run."""
    UNFIT = "unfit"
    """It looks at what no signal of its purpose has: by policy.toml it could never count anybody, so it does not run."""
    CHANGED = "changed"
    """The file says something else under a version that is known: it does not run."""
