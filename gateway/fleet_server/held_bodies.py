"""How much of bodies the devices' door holds: a share for each device, a bound for all, and whoever is slow makes room.

Whoever holds back the last byte of a body holds what others need. So a device has one share, however many connections it makes,
and where there is no room left, the body that has been coming for longest is let go of, if it has been coming for long.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

MAX_QUESTION_BYTES = 65_536
"""Of a body that brings no contribution."""
MAX_BODY_BYTES = 9 << 20
"""Of one that does, and of an answer: 2,048 items are 8,392,704 bytes of pairs, and some of Flower's."""
MAX_DEVICE_BYTES = MAX_BODY_BYTES + 2 * MAX_QUESTION_BYTES
"""Of all bodies of one device that are under way at one time."""
MAX_HELD_BYTES = 256 << 20
"""Of all devices', those included that the link has not answered yet."""
SLOW_SECONDS = 10.0
"""A body that has been coming for longer makes room for others, where there is none."""


class HeldBodies:
    """What a door holds. Lives on its event loop."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        """Hold nothing yet; `now` gives seconds that only rise."""
        self.size = 0
        """Bytes held at this moment."""
        self._now = now
        self._of_device: Counter[bytes] = Counter()
        self._coming: dict[Body, float] = {}
        """When each began to come, the oldest first."""

    def begin(self, device: bytes) -> Body:
        """A body of a device begins to come."""
        body = Body(self, device)
        self._coming[body] = self._now()
        return body

    @contextmanager
    def holding(self, device: bytes, message: bytes) -> Iterator[None]:
        """Count a message that is handed on, for as long as that takes."""
        self.count(device, len(message))
        try:
            yield
        finally:
            self.count(device, -len(message))

    def count(self, device: bytes, more: int) -> None:
        """So many bytes of a device more are held, or fewer."""
        self.size += more
        self._of_device[device] += more
        if not self._of_device[device]:
            del self._of_device[device]

    def has_room(self, device: bytes, more: int) -> bool:
        """Whether so many bytes of a device more can be held; who has been slow for long is let go of for that.

        That may be the very body that asks.
        """
        if self._of_device[device] + more > MAX_DEVICE_BYTES:
            return False
        while self.size + more > MAX_HELD_BYTES:
            oldest, began = next(iter(self._coming.items()), (None, 0.0))
            if oldest is None or self._now() - began <= SLOW_SECONDS:
                return False
            oldest.let_go()
        return True

    def ended(self, body: Body) -> None:
        """A body comes no more."""
        self._coming.pop(body, None)


class Body:
    """A body as it comes, part by part; held until it is let go of."""

    def __init__(self, held: HeldBodies, device: bytes) -> None:
        """Hold nothing of it yet."""
        self._held = held
        self._device = device
        self._parts: list[bytes] = []
        self._size = 0
        self._is_over = False

    def take(self, part: bytes) -> bool:
        """Hold a part more; False if there is no room for it, or it was let go of meanwhile."""
        if self._is_over or not self._held.has_room(self._device, len(part)) or self._is_over:
            return False  # the second look: the room may have been made of this body itself
        self._held.count(self._device, len(part))
        self._parts.append(part)
        self._size += len(part)
        return True

    @property
    def content(self) -> bytes:
        """What is held of it."""
        return b"".join(self._parts)

    def let_go(self) -> None:
        """Hold nothing of it any more, and take nothing."""
        self._is_over = True
        self._held.count(self._device, -self._size)
        self._held.ended(self)
        self._parts, self._size = [], 0
