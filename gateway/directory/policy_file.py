"""The policies of a data directory: `policy.toml`, which comes into force at the next start, and the one last served under.

What is stored means what the policy in force says: consents name its purposes, sealed signals carry their bits, entries of
the log their codes. A policy under which any of that would mean something else is refused at the start; so is an older
copy of a policy, where a version in it goes back.
"""

from __future__ import annotations

from pathlib import Path

from consent import Policy, PolicyError, breaks_what_is_stored, explain_change, parse_policy
from gateway.directory.init_directory import POLICY_FILE
from gateway.durable_files import replace_file
from gateway.errors import DirectoryError, PolicyBreaksError

IN_FORCE_FILE = "policy.in-force.toml"
"""A copy of `policy.toml` as it was at the last start."""


def read_policy(directory: Path) -> Policy:
    """Read the policy of a data directory.

    Raises:
        DirectoryError: there is none, or it cannot be read.
        PolicyError: it cannot be used.
    """
    return parse_policy(_text(directory))


def read_policy_in_force(directory: Path) -> Policy:
    """Read the policy a data directory was last served under; where nothing was served yet, its policy.

    Raises:
        DirectoryError: it cannot be read, or not be used any more.
        PolicyError: nothing was served yet, and the policy cannot be used.
    """
    return _last_in_force(directory) or read_policy(directory)


def require_same_meaning(directory: Path, policy: Policy) -> None:
    """Refuse a policy under which something stored in the directory would mean something else.

    Raises:
        PolicyBreaksError: it is one.
        DirectoryError: the policy last served under cannot be read.
    """
    last = _last_in_force(directory)
    if last is not None and breaks_what_is_stored(explain_change(last, policy)):
        raise PolicyBreaksError


def read_next_policy(directory: Path) -> tuple[Policy, bytes]:
    """Read the policy of a data directory to serve under it, and its text. Nothing is written.

    Raises:
        PolicyBreaksError: something stored would mean something else under it.
        DirectoryError: there is none, or it or the copy of the last cannot be read.
        PolicyError: it cannot be used.
    """
    text = _text(directory)
    policy = parse_policy(text)
    require_same_meaning(directory, policy)
    return policy, text


def keep_in_force(directory: Path, text: bytes) -> None:
    """Keep a copy of a policy that is served under from now on: when nobody else serves the directory, and nothing can refuse it.

    Raises:
        DirectoryError: the copy cannot be read or written.

    Durable: the copy.
    """
    try:
        if _copy(directory) != text:
            replace_file(directory / IN_FORCE_FILE, text)
    except OSError as exc:
        raise DirectoryError(f"{IN_FORCE_FILE} cannot be written") from exc


def _text(directory: Path) -> bytes:
    try:
        return (directory / POLICY_FILE).read_bytes()
    except OSError as exc:
        raise DirectoryError("policy.toml is missing or cannot be read") from exc


def _copy(directory: Path) -> bytes | None:
    try:
        return (directory / IN_FORCE_FILE).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise DirectoryError(f"{IN_FORCE_FILE} cannot be read") from exc


def _last_in_force(directory: Path) -> Policy | None:
    """The policy last served under, if anything was.

    Raises:
        DirectoryError: it cannot be read, or not be used any more.
    """
    text = _copy(directory)
    if text is None:
        return None
    try:
        return parse_policy(text)
    except PolicyError as exc:
        raise DirectoryError(f"{IN_FORCE_FILE} is damaged: put it back from the backup") from exc
