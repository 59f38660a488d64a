"""Heads that were read before: a client sends the same one, byte for byte, with every question of the same length.

Reading a head costs a call for each of its fields, and judging whether it may go the short way as much again. Neither depends on
anything but its bytes; so what came of it is remembered by them, and a head that is known is not read again.

- Known is only what was read by the server's own parser from the first byte of a request on, and was taken on the short way.
  Who calls is asked anew every time: a token that has run out is known to nobody.
- Nothing of a person is kept: only heads of services, with no fields but those that say something of the service. An address
  or a cookie that it passes on is read and forgotten. Its `User-Agent` is taken for its own: a service that passes a
  browser's on has that kept, in memory, until a thousand others came.
- The table is bounded, in heads and in bytes of each; it is kept in memory only, as tokens are.
"""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

MAX_HEADS = 1024
"""Kept at a time; the one that was learnt longest ago goes first."""

MAX_HEAD_BYTES = 4096
"""A longer one is not kept."""

KEPT_FIELDS = frozenset(
    (
        b"accept",
        b"accept-encoding",
        b"authorization",
        b"connection",
        b"content-length",
        b"content-type",
        b"host",
        b"user-agent",
    )
)
"""A head with any other field is not kept."""

_END = b"\r\n\r\n"

Way = TypeVar("Way")


class KnownHead(NamedTuple, Generic[Way]):
    """What came of a head."""

    way: Way
    """Where it leads."""
    authorization: bytes | None
    """The value of its `Authorization`, if it has one."""
    body_bytes: int
    """Length of the body that it announces."""


class KnownHeads(Generic[Way]):
    """The heads that are known. Lives on the event loop."""

    def __init__(self, max_heads: int = MAX_HEADS) -> None:
        """Know nothing yet, and never more than `max_heads`."""
        self._heads: dict[bytes, KnownHead[Way]] = {}
        self._max_heads = max_heads

    def __len__(self) -> int:
        """How many are known."""
        return len(self._heads)

    def forget(self) -> None:
        """Know nothing any more."""
        self._heads.clear()

    def find(self, request: bytes) -> tuple[KnownHead[Way], bytes] | None:
        """What is known of the head of a request, and its body; None unless these bytes are exactly that one request."""
        end = request.find(_END, 0, MAX_HEAD_BYTES) + len(_END)
        known = self._heads.get(request[:end])
        if known is None or len(request) - end != known.body_bytes:
            return None
        return known, request[end:]

    def learn(self, request: bytes, body: bytes, way: Way, authorization: bytes | None) -> None:
        """Remember the head of a request.

        Args:
            request: what came in at once, from the first byte of the request on.
            body: what the parser found to be its body.
            way: where it leads.
            authorization: what it says of its caller.
        """
        end = request.find(_END, 0, MAX_HEAD_BYTES) + len(_END)
        if end < len(_END) or request[end:] != body:
            return  # too long, or in pieces, or more than one request, or lines that end otherwise
        if len(self._heads) >= self._max_heads:
            del self._heads[next(iter(self._heads))]
        self._heads[request[:end]] = KnownHead(way, authorization, len(body))
