"""A tenant's rule set in memory: types and their attributes, entities, permits.

- There are permits and no prohibitions: what nothing permits is denied.
- An attribute is of one of five kinds. A value of another kind counts as missing.
- A type that is not `open` has no other entities than those of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.tenants.condition import Condition

Value = str | int | float | bool | list[str]
"""Of an attribute."""

_INTEGERS = range(-(1 << 63), 1 << 63)
MAX_ITEMS = 64
"""Of a list of texts."""


class AttributeKind(StrEnum):
    """What values an attribute can have."""

    STRING = "string"
    """A single text."""
    STRINGS = "strings"
    """A list of texts, at most `MAX_ITEMS`."""
    INTEGER = "integer"
    """A whole number of 64 bits."""
    NUMBER = "number"
    """A number with a fraction."""
    BOOLEAN = "boolean"
    """True or false."""

    def read(self, value: object) -> Value | None:
        """The value as conditions read it; None if it is of another kind."""
        match self, value:
            case AttributeKind.BOOLEAN, bool() as found:
                return found
            case _, bool():
                return None
            case AttributeKind.STRING, str() as text:
                return text
            case AttributeKind.INTEGER, int() as whole if whole in _INTEGERS:
                return whole
            case AttributeKind.NUMBER, (int() | float()) as number:
                return float(number)
            case AttributeKind.STRINGS, list() as items if len(items) <= MAX_ITEMS:
                return items if all(type(item) is str for item in items) else None
        return None


Attributes = Mapping[str, AttributeKind]
"""Names and kinds."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What is known of a type, an action or the context."""

    stored: Attributes = field(default_factory=dict)
    """What every entity in the file has."""
    from_request: Attributes = field(default_factory=dict)
    """What a request may say. It comes before what is stored under the same name."""
    is_open: bool = False
    """Whether entities that the file does not have are accepted."""

    @property
    def names(self) -> frozenset[str]:
        """Every attribute there can be."""
        return frozenset(self.stored) | frozenset(self.from_request)


@dataclass(frozen=True, slots=True)
class Permit:
    """One rule that permits actions."""

    id: str
    """Its name: answers carry it."""
    subject: str
    """The type of who asks."""
    actions: tuple[str, ...]
    """The actions it permits."""
    resource: str
    """The type of what it is about."""
    condition: Condition
    """The condition under which it applies."""


Entities = Mapping[str, Mapping[str, Value]]
"""The attributes of the entities of one type, by id."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Everything of one tenant."""

    digest: bytes
    """SHA-256 of the file."""
    types: Mapping[str, Declaration]
    """By type of subject or resource."""
    actions: Mapping[str, Declaration]
    """By action; one that has no attributes may be absent."""
    context: Declaration
    """What requests may say about the circumstances."""
    entities: Mapping[str, Entities]
    """The entities of each type."""
    permits: tuple[Permit, ...]
    """In the order of the file."""
    by_target: Mapping[tuple[str, str, str], tuple[Permit, ...]] = field(init=False)
    """The permits for a subject type, an action and a resource type."""
    actions_between: Mapping[tuple[str, str], tuple[str, ...]] = field(init=False)
    """The actions there are between a subject type and a resource type."""
    ids: Mapping[str, tuple[str, ...]] = field(init=False)
    """The ids of the entities of each type, in the order of the file."""

    def __post_init__(self) -> None:
        """Make the look-up tables."""
        targets: dict[tuple[str, str, str], list[Permit]] = {}
        between: dict[tuple[str, str], dict[str, None]] = {}
        for permit in self.permits:
            for action in permit.actions:
                targets.setdefault((permit.subject, action, permit.resource), []).append(permit)
                between.setdefault((permit.subject, permit.resource), {})[action] = None
        object.__setattr__(self, "by_target", {target: tuple(each) for target, each in targets.items()})
        object.__setattr__(self, "actions_between", {pair: tuple(names) for pair, names in between.items()})
        object.__setattr__(self, "ids", {type_: tuple(each) for type_, each in self.entities.items()})
