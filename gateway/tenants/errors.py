"""What can go wrong with a tenant's rule set."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.errors import GatewayError, Mistake


class RuleSetError(GatewayError):
    """A rule set cannot be used. Says where and what is wrong, never a value of the file."""

    def __init__(self, findings: Sequence[Mistake]) -> None:
        """List what is wrong."""
        super().__init__("; ".join(f"{finding.where}: {finding.code}" for finding in findings))
        self.findings = tuple(findings)
        """Everything that is wrong, in the file's order."""
