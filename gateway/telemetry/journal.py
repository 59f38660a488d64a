"""The journal: one JSON object a line on standard error, with fields from a closed list.

- What happened is a member of `Happening`; each further field is a member of `JournalField`. A field that is not on the
  list is dropped and counted.
- A value is a number, a truth value, or a short word of our own: lower-case letters, digits and a little punctuation, and
  never longer than `MAX_CHARACTERS`. Any other value is dropped and counted too: texts from outside have no way in.
- What libraries log is reduced to who said it, how urgent it is, and the class of the exception: their messages may
  repeat what they were given. (Authlib logs whole tokens at level DEBUG.)
- A line that cannot be written, because the disk is full or nobody reads any more, is lost: nothing else fails for it.
"""

from __future__ import annotations

import json
import logging
import math
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from typing import TextIO

MAX_CHARACTERS = 128

_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:/{}+-]*")
LOUD_LIBRARIES = (
    "uvicorn",
    "uvicorn.error",
    "uvicorn.access",
    "uvicorn.asgi",
    "authlib",
    "httpx",
    "httpcore",
    "asyncio",
)
"""Libraries that log what they like; whatever they say goes nowhere."""


class Happening(StrEnum):
    """What can be said to have happened."""

    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAULT = "fault"
    LOG_UNAVAILABLE = "log_unavailable"
    LOG_AVAILABLE = "log_available"
    RECOVERED = "recovered"
    SNAPSHOT_WRITTEN = "snapshot_written"
    SNAPSHOT_READ = "snapshot_read"
    MODEL_TRAINED = "model_trained"
    MODEL_KEPT = "model_kept"
    MODEL_RETIRED = "model_retired"
    DRIFT = "drift"
    NARROWING = "narrowing"
    POLICY_LOADED = "policy_loaded"
    PREPARED = "prepared"
    TENANT_LOADED = "tenant_loaded"
    TENANT_REFUSED = "tenant_refused"
    FLAGS_NOT_IN_FORCE = "flags_not_in_force"
    ERASED = "erased"
    DENIED_AGAIN = "denied_again"
    CLOCK_STEPPED_BACK = "clock_stepped_back"
    DESTINATION_DOWN = "destination_down"
    DESTINATION_UP = "destination_up"
    DEAD_LETTER = "dead_letter"
    WITNESSES_MISSING = "witnesses_missing"
    WITNESSES_BACK = "witnesses_back"
    WITNESS_DISAGREES = "witness_disagrees"
    EXPORT_FAILED = "export_failed"
    LIBRARY = "library"


class JournalField(StrEnum):
    """What can be said about it."""

    ERROR = "error"
    """Name of an exception's class."""
    INSTANCE = "instance"
    """The `urn:uuid:` of a problem."""
    ROUTE = "route"
    """A route template, never a path."""
    STATUS = "status"
    """An HTTP status."""
    OUTCOME = "outcome"
    """A member of `audit.Outcome`."""
    REASON = "reason"
    """A word of a closed list."""
    EXIT_CODE = "exit_code"
    """How a process of ours ended; negative for a signal."""
    SECONDS = "seconds"
    """A duration in seconds."""
    COUNT = "count"
    """A number of things."""
    BYTES = "bytes"
    """A size in bytes."""
    SIZE = "size"
    """Entries of the log."""
    GENERATION = "generation"
    """Of a store."""
    PEOPLE = "people"
    """How many people."""
    ITEMS = "items"
    """How many items."""
    VERSION = "version"
    """Of the program, the policy or a model."""
    DIGEST = "digest"
    """Of a policy or a model."""
    PORT = "port"
    """Where the gateway listens."""
    DESTINATION = "destination"
    """A destination's id."""
    TENANT = "tenant"
    """A tenant's name."""
    PLACEMENT = "placement"
    """A placement's id."""
    PURPOSE = "purpose"
    """A purpose's id."""
    LOGGER = "logger"
    """Name of a library's logger."""
    LEVEL = "level"
    """How urgent the library finds it."""


class Journal:
    """Writes the journal."""

    def __init__(self, clock: Callable[[], int], stream: TextIO | None = None) -> None:
        """Stamp lines with `clock` (unix seconds); `stream` is standard error unless a test says otherwise."""
        self._clock = clock
        self._stream = stream
        self.dropped = 0
        """Fields that were not written."""

    def write(self, happening: Happening, **fields: object) -> None:
        """Write a line, if that is possible. Never raises, and never writes a field that is not on the list."""
        line: dict[str, object] = {"at": self._clock(), "happening": happening.value}
        for name, value in fields.items():
            if name in _FIELDS and _is_ours(value):
                line[name] = value
            else:
                self.dropped += 1
        stream = self._stream or sys.stderr
        if stream is None:  # the process was started without standard error
            return
        with suppress(OSError, ValueError):  # ValueError: it was closed
            stream.write(json.dumps(line) + "\n")
            stream.flush()

    def take_over_logging(self) -> None:
        """Let every library's log end here, reduced to what is safe; nothing is propagated past it."""
        root = logging.getLogger()
        root.handlers[:] = [_Reduced(self)]
        root.setLevel(logging.WARNING)
        for name in LOUD_LIBRARIES:
            logger = logging.getLogger(name)
            logger.handlers.clear()
            logger.propagate = True
            logger.setLevel(logging.WARNING)


class _Reduced(logging.Handler):
    """A handler that never looks at a message."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(logging.WARNING)
        self._journal = journal

    def emit(self, record: logging.LogRecord) -> None:
        kind = record.exc_info[0] if record.exc_info else None
        fields = {"logger": record.name, "level": record.levelname.lower()}
        if kind is not None:
            fields["error"] = kind.__name__
        self._journal.write(Happening.LIBRARY, **fields)


_FIELDS = frozenset(field.value for field in JournalField)


def _is_ours(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= MAX_CHARACTERS and _WORD.fullmatch(value) is not None
    return isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value))
