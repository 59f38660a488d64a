"""What is kept of rules and segments: the text as it was sent, and from where in the log it applies. Concerns nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from gateway.errors import GatewayError


class DefinitionKind(StrEnum):
    """What is defined."""

    RULE = "rule"
    SEGMENT = "segment"
    FEATURE = "feature"


@dataclass(frozen=True, slots=True)
class Definition:
    """A rule or a segment at rest."""

    kind: DefinitionKind
    """Which of them."""
    name: str
    """Its name, the only one of its kind."""
    body: bytes
    """As it was sent: JSON."""
    version: int
    """How often it was saved."""
    created: int
    """The log index at which it was first saved."""
    since: int
    """The log index at which it was last saved."""


@dataclass(frozen=True, slots=True, order=True)
class KeptState:
    """Something that definitions read, and that is kept since a log index."""

    purpose: str
    """The purpose's id."""
    key: str
    """Which state (`scoring.State.key`)."""
    since: int
    """The log index from which on it is kept."""


class DefinitionsUnavailableError(GatewayError):
    """The definitions cannot be read or written; nothing was changed."""


class DefinitionStore(Protocol):
    """Definitions, and what is kept for them.

    Contract:
        Concurrency: synchronous calls from any thread; writers wait for one another.
        Durability: when a writing call returns, its change survives a crash and a power loss.
        Atomicity: a call is one transaction: the definition and the states change together.
        Errors: `DefinitionsUnavailableError`; nothing was changed.
    """

    def load(self) -> tuple[list[Definition], list[KeptState]]:
        """Everything, in order of kind and name, and of purpose and key."""
        ...

    def save(self, definition: Definition, states: Sequence[KeptState]) -> None:
        """Put a definition in the place of the one of its kind and name, and `states` in the place of all states."""
        ...

    def remove(self, kind: DefinitionKind, name: str, states: Sequence[KeptState]) -> bool:
        """Take a definition out, and put `states` in the place of all states. Says whether it was there."""
        ...
