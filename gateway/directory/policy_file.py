"""`policy.toml` of a data directory, read.

Must not know: what a policy says.
"""

from __future__ import annotations

from pathlib import Path

from consent import Policy, parse_policy
from gateway.directory.init_directory import POLICY_FILE
from gateway.errors import DirectoryError


def read_policy(directory: Path) -> Policy:
    """Read the policy of a data directory.

    Raises:
        DirectoryError: there is none, or it cannot be read.
        PolicyError: it cannot be used.
    """
    try:
        raw = (directory / POLICY_FILE).read_bytes()
    except OSError as exc:
        raise DirectoryError("policy.toml is missing or cannot be read") from exc
    return parse_policy(raw)
