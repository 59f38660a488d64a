"""What a person can have been shown when they answered: the notice in force, or an earlier one that is named by its hash. Pure.

A yes from before the notice in force was shown is a yes to another notice. It counts if that one is kept, was about this purpose,
asked on the same ground, and is of a version that still counts; and if it was the one that people saw at that time.
"""

from __future__ import annotations

from collections.abc import Container

import msgspec

from consent.model import LegalBasis
from consent.policy import Rule
from privacy import DAY_SECONDS


class KeptNotice(msgspec.Struct, frozen=True):
    """A notice that is kept, and what it says of itself."""

    digest: bytes
    """SHA-256 of its bytes."""
    purpose: str
    """The purpose or condition it is about."""
    version: int
    """The version of it."""
    asks: bool
    """Whether it asks for consent."""
    lasts_days: int
    """How long a consent to it lasts."""
    since: int
    """Since when it has been shown (unix seconds)."""


class NoticesShown(msgspec.Struct, frozen=True):
    """What is known of the notices that a person can have been shown."""

    since: int = 0
    """Since when the notice in force has been shown (unix seconds)."""
    asking: Container[bytes] | None = None
    """The digests of the notices that ask for consent and are kept; None: of none is it known what it asked."""
    named: KeptNotice | None = None
    """The notice that was named by its hash, if it is kept."""

    def asked_for_consent(self, notice: bytes | None) -> bool | None:
        """Whether this notice asked for consent; None if that is not known of any."""
        return None if self.asking is None else notice in self.asking

    def earlier_of(self, rule: Rule, at: int) -> KeptNotice | None:
        """The notice that was named, if a yes of `at` (unix seconds) to it can count for what `rule` is about.

        On the day on which another came into force people can have seen either.
        """
        named = self.named
        if named is None or named.purpose != rule.id or at >= self.since + DAY_SECONDS:
            return None
        same_ground = named.asks is (rule.legal_basis is LegalBasis.CONSENT)
        counts = rule.last_material_version <= named.version <= rule.version
        return named if same_ground and counts else None
