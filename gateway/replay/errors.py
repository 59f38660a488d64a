"""What can stop a replay.

    ReplayError
    ├── RecordingError      the file as a whole is not a recording we can read
    ├── ColumnsError        the columns of a table are not what is needed
    └── SendingError        the gateway cannot be reached, or does not take what is sent

A single bad line is none of these: it is a `BadLine`, counted and skipped. No message holds anything read
from the file.
"""

from __future__ import annotations

from gateway.errors import GatewayError


class ReplayError(GatewayError):
    """A replay cannot go on; the message says why and what to do."""


class RecordingError(ReplayError):
    """The file is missing, unreadable or of a form that is not supported."""


class ColumnsError(ReplayError):
    """A needed column is not there or not named."""


class SendingError(ReplayError):
    """The gateway refused for good or stayed away for longer than the retries last."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        """Tell what was tried; `status` is the last HTTP status, None when there was no answer."""
        super().__init__(message)
        self.status = status
