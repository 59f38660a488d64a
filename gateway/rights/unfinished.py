"""Requests that were filed and could not be carried out: the store failed in the middle, or the list of the erased.

They are tried again in the background, so that none waits for the next start, when the person may want something else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from consent import STOPPING, Right, RightsRequest

_AGAIN = STOPPING - {Right.RECTIFICATION}
"""What stands in the request itself: which item is disputed does not."""


class Unfinished:
    """The ids of such requests. Lives on the event loop."""

    def __init__(self) -> None:
        """There are none."""
        self._ids: dict[bytes, None] = {}

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._ids)

    def ids(self) -> list[bytes]:
        """All of them, the oldest first."""
        return list(self._ids)

    def done(self, request_id: bytes) -> None:
        """This one needs nothing more."""
        self._ids.pop(request_id, None)

    @contextmanager
    def carrying_out(self, request: RightsRequest) -> Iterator[None]:
        """What is done in here is done again if it fails."""
        try:
            yield
        except BaseException:
            if request.right in _AGAIN:
                self._ids[request.request_id] = None
            raise
        self.done(request.request_id)
