"""What people are handed: reports of what is held, certificates of what is not held any more, and the page of their erasure."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.rights.certificate import Certificates
from gateway.rights.reporting import Reporting
from gateway.rights.status_links import StatusLinks


@dataclass(frozen=True, slots=True)
class Papers:
    """Who writes them."""

    reporting: Reporting
    """Reports of what is held."""
    certificates: Certificates
    """Certificates of erasure."""
    pages: StatusLinks
    """Names of the pages of erasures."""
