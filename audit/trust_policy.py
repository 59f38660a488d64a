"""The trust policy: which logs are believed, and which witnesses must have cosigned a checkpoint before it is.

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> <k|any|all> <name>...
    quorum <name|none>

A name is defined before it is used, and belongs to one group at most, so that nobody counts twice.

Source: c2sp.org/tlog-policy.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeVar

from audit.cosignature import CosignatureVerifier
from audit.errors import NoteError, TrustPolicyError
from audit.note import NoteVerifier

MAX_POLICY_BYTES = 65_536
MAX_LINES = 1024
NO_QUORUM = "none"

_Verifier = TypeVar("_Verifier", bound=NoteVerifier)


@dataclass(frozen=True, slots=True)
class KnownLog:
    """A log that is believed."""

    verifier: NoteVerifier
    """Its key; the name is the origin."""
    url: str | None = None
    """Where it is found."""


@dataclass(frozen=True, slots=True)
class KnownWitness:
    """A witness that is believed."""

    name: str
    """What the policy calls it."""
    verifier: CosignatureVerifier
    """The key that its cosignatures are checked with."""
    url: str | None = None
    """The submission prefix."""


@dataclass(frozen=True, slots=True)
class WitnessGroup:
    """So many of them are enough."""

    name: str
    """What the policy calls it."""
    threshold: int
    """How many of them must have cosigned."""
    members: tuple[str, ...]
    """Witnesses and groups, by name."""


@dataclass(frozen=True, slots=True)
class TrustPolicy:
    """Whom to believe."""

    logs: tuple[KnownLog, ...] = ()
    """Any of them may have signed."""
    witnesses: tuple[KnownWitness, ...] = ()
    """Who may have cosigned."""
    groups: tuple[WitnessGroup, ...] = ()
    """In the order of their definition."""
    quorum: str = NO_QUORUM
    """The witness or group that must have, or `none`."""

    def is_met(self, cosigned: Collection[str]) -> bool:
        """Whether the cosignatures of these witnesses (their names in the policy) are enough."""
        standing = {each.name: each.name in cosigned for each in self.witnesses}
        for group in self.groups:
            standing[group.name] = sum(standing[name] for name in group.members) >= group.threshold
        return self.quorum == NO_QUORUM or standing[self.quorum]

    def text(self) -> bytes:
        """The file, without comments."""
        lines = [_spelled("log", each.verifier.vkey, each.url) for each in self.logs]
        lines += [_spelled("witness", each.name, each.verifier.vkey, each.url) for each in self.witnesses]
        lines += [_spelled("group", each.name, str(each.threshold), *each.members) for each in self.groups]
        return "".join([*lines, f"quorum {self.quorum}\n"]).encode("utf-8", "surrogateescape")


def read_trust_policy(data: bytes) -> TrustPolicy:
    """Read a policy file.

    Raises:
        TrustPolicyError: malformed, a key twice, a name that is not defined yet, or not exactly one quorum.
    """
    if len(data) > MAX_POLICY_BYTES or any(
        (byte < 32 and byte not in b"\t\n") or byte == 127 for byte in data
    ):
        raise TrustPolicyError("not a trust policy")
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    if len(lines) > MAX_LINES:
        raise TrustPolicyError("the trust policy has too many lines")
    reading = _Reading()
    for line in lines:
        words = line.replace("\t", " ").split(" ")
        words = [word for word in words if word]
        if words and not words[0].startswith("#"):
            reading.take(words)
    if reading.quorum is None:
        raise TrustPolicyError("a trust policy names a quorum")
    return TrustPolicy(tuple(reading.logs), tuple(reading.witnesses), tuple(reading.groups), reading.quorum)


class _Reading:
    """What the lines said so far."""

    def __init__(self) -> None:
        self.logs: list[KnownLog] = []
        self.witnesses: list[KnownWitness] = []
        self.groups: list[WitnessGroup] = []
        self.quorum: str | None = None
        self._free: set[str] = set()  # names that no group has
        self._names: set[str] = {NO_QUORUM}

    def take(self, words: list[str]) -> None:
        match words:
            case ["log", vkey, *url] if len(url) < 2:
                log = KnownLog(_key(NoteVerifier, vkey), url[0] if url else None)
                self._once(log.verifier, [each.verifier for each in self.logs])
                self.logs.append(log)
            case ["witness", name, vkey, *url] if len(url) < 2:
                witness = KnownWitness(name, _key(CosignatureVerifier, vkey), url[0] if url else None)
                self._once(witness.verifier, [each.verifier for each in self.witnesses])
                self._define(name)
                self.witnesses.append(witness)
            case ["group", name, threshold, *members] if members:
                self._group(name, threshold, members)
            case ["quorum", name] if self.quorum is None and name in self._names:
                self.quorum = name
            case _:
                raise TrustPolicyError("a line of the trust policy cannot be understood")

    def _once(self, verifier: NoteVerifier, known: Collection[NoteVerifier]) -> None:
        if any(each.public_key == verifier.public_key for each in known):
            raise TrustPolicyError("a key is in the trust policy twice")

    def _define(self, name: str) -> None:
        if name in self._names:
            raise TrustPolicyError("a name is in the trust policy twice")
        self._names.add(name)
        self._free.add(name)

    def _group(self, name: str, threshold: str, members: list[str]) -> None:
        if len(set(members)) != len(members) or not self._free.issuperset(members):
            raise TrustPolicyError("a member of a group is not defined before, or belongs to another")
        most = len(members)
        words = {"any": 1, "all": most}
        needed = words.get(threshold) or (int(threshold) if _is_number(threshold) else 0)
        if not 1 <= needed <= most:
            raise TrustPolicyError("a group needs between one and all of its members")
        self._free.difference_update(members)
        self._define(name)
        self.groups.append(WitnessGroup(name, needed, tuple(members)))


def _key(kind: type[_Verifier], vkey: str) -> _Verifier:
    try:
        return kind.from_vkey(vkey)
    except NoteError as exc:
        raise TrustPolicyError("a key of the trust policy cannot be read as a key of its kind") from exc


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 5 and not text.startswith("0")


def _spelled(*words: str | None) -> str:
    return " ".join(word for word in words if word is not None) + "\n"
