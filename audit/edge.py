"""The right edge of the tree: what is needed to append and to know the root, some thirty hashes however large the log."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from audit.merkle import EMPTY_ROOT, HASH_BYTES, hash_node
from audit.rows import grow, split_row


class Edge:
    """The complete subtrees that cover the log from left to right, the largest first."""

    __slots__ = ("_stack", "size")

    def __init__(self, size: int = 0, stack: Iterable[bytes] = ()) -> None:
        """Begin with the subtrees of a log of `size` entries: one for each bit that is set in `size`."""
        self.size = size
        """How many leaves it covers."""
        self._stack = list(stack)
        if len(self._stack) != size.bit_count() or any(len(part) != HASH_BYTES for part in self._stack):
            raise ValueError("an edge has one hash for each bit that is set in its size")

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes; on average each costs one more hash."""
        stack, n = self._stack, self.size
        pop, push = stack.pop, stack.append
        for leaf in leaves:
            part, m = leaf, n
            while m & 1:
                part = sha256(b"\x01" + pop() + part).digest()
                m >>= 1
            push(part)
            n += 1
        self.size = n

    def extend_row(self, row: bytes) -> None:
        """Add the leaf hashes of a row, one after another."""
        stack = grow(self._stack, self.size, row)
        if stack is None:
            self.extend(split_row(row))
        else:
            self._stack = stack
            self.size += len(row) // HASH_BYTES

    def graft(self, level: int, part: bytes) -> None:
        """Add a complete subtree of 2**level leaves by its hash.

        Raises:
            ValueError: no complete subtree of this level begins here, or this is no hash.
        """
        if level < 0 or self.size & (1 << level) - 1 or len(part) != HASH_BYTES:
            raise ValueError("a subtree begins at a multiple of its size")
        m = self.size >> level
        while m & 1:
            part = sha256(b"\x01" + self._stack.pop() + part).digest()
            m >>= 1
        self._stack.append(part)
        self.size += 1 << level

    def root(self) -> bytes:
        """The root of the tree, 32 bytes."""
        if not self._stack:
            return EMPTY_ROOT
        parts = self._stack.copy()
        result = parts.pop()
        while parts:
            result = hash_node(parts.pop(), result)
        return result

    def copy(self) -> Edge:
        """An edge of its own with the same leaves."""
        return Edge(self.size, self._stack)
