"""What people are handed: reports of what is held, and certificates of what is not held any more."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.rights.certificate import Certificates
from gateway.rights.reporting import Reporting


@dataclass(frozen=True, slots=True)
class Papers:
    """Who writes them."""

    reporting: Reporting
    """Reports of what is held."""
    certificates: Certificates
    """Certificates of erasure."""
