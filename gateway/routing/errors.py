"""What can go wrong on the way to a destination.

    RoutingError
    ├── DestinationConfigError     the configuration of a destination breaks a rule (names field and rule only)
    ├── UnknownDestinationError    no destination has this id
    ├── FeedError                  the feed of permitted signals cannot be read, or broke its contract
    ├── UnencodableError           a signal cannot be written in the destination's format
    ├── NoLongerPermittedError     somebody's permission ended while the bytes were on their way out
    └── RoutingStoreError          cursors or dead letters cannot be read or written
        └── CursorMovedBackError   somebody tried to move a cursor backwards

None of them carries a value of a signal, a URL or a secret.
"""

from __future__ import annotations


class RoutingError(Exception):
    """Something on the way to a destination failed."""


class DestinationConfigError(RoutingError):
    """The configuration of a destination breaks a rule: correct the field in `volens.toml`."""

    def __init__(self, field: str, rule: str) -> None:
        """Name the field and the rule it breaks (`must ...`), never the value."""
        super().__init__(f"volens.toml destinations, {field}: {rule}")
        self.field = field
        """The configuration field."""
        self.rule = rule
        """What must be: a sentence of which the field is the subject."""


class UnknownDestinationError(RoutingError):
    """No configured destination has the id asked for."""


class FeedError(RoutingError):
    """Permitted signals cannot be read now; the worker tries again and its cursor stays where it is."""


class UnencodableError(RoutingError):
    """A signal has no representation in the destination's format; it becomes a dead letter."""


class NoLongerPermittedError(RoutingError):
    """A person's permission ended between building the batch and sending it: the batch is built again."""


class RoutingStoreError(RoutingError):
    """Cursors or dead letters cannot be read or written; delivery repeats from the last durable cursor."""


class CursorMovedBackError(RoutingStoreError):
    """A cursor only moves forward: two workers serve one destination, or the caller is wrong."""
