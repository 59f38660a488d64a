"""What the process that measures is asked, one JSON object a line, and what it answers.

    {"do": "prove", "releases": [{...}, ...]}             -> {"said": "losses", "losses": [{...} or null, ...]}
    {"do": "audit", "release": {...}, "canaries": 20000}  -> {"said": "findings", "findings": [{...}, ...]}
    {"do": "run", "release": {...}, "begin": 0, "places": {...}, "reserved": {...}}  -> {"said": "body", "body": "..."}

Whatever goes wrong is one word, `{"said": "failed", "failed": "..."}`: `unproved`, `files`, `lines` or `request`.
"""

from __future__ import annotations

import msgspec

from privacy import Loss, ParticipationLimit, Release


class Places(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the process that measures finds things and puts them."""

    files: tuple[str, ...]
    """The cube's rows."""
    table: str
    """The table that it makes of them, and removes."""
    limits: tuple[ParticipationLimit, ...]
    """Who counts no more."""
    counted: tuple[str, ...]
    """Where the names of those go who count now."""


class Prove(msgspec.Struct, tag_field="do", tag="prove", frozen=True, forbid_unknown_fields=True):
    """What do these cost?"""

    releases: tuple[Release, ...]


class Run(msgspec.Struct, tag_field="do", tag="run", frozen=True, forbid_unknown_fields=True):
    """Measure one window."""

    release: Release
    begin: int
    places: Places
    reserved: Loss


class Audit(msgspec.Struct, tag_field="do", tag="audit", frozen=True, forbid_unknown_fields=True):
    """Does this keep what it claims?"""

    release: Release
    canaries: int


class Losses(msgspec.Struct, tag_field="said", tag="losses", frozen=True):
    """What each costs; None where nobody can prove it."""

    losses: list[Loss | None]


class AuditFinding(msgspec.Struct, frozen=True):
    """What one test of the self-audit found."""

    test: str
    """T1 to T5."""
    claimed: float
    """What the release claims."""
    found: float
    """What was found."""
    sound: bool
    """Whether the claim holds."""


class Findings(msgspec.Struct, tag_field="said", tag="findings", frozen=True):
    """Of one release."""

    findings: list[AuditFinding]


class Measured(msgspec.Struct, tag_field="said", tag="body", frozen=True):
    """A publication, as JSON."""

    body: str


class Failed(msgspec.Struct, tag_field="said", tag="failed", frozen=True):
    """What went wrong, in one word."""

    failed: str
