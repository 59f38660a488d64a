"""The tree: hashes, roots and proofs of RFC 6962 section 2.1 (the same as RFC 9162's), as pure functions.

- A proof is a list of hashes, from the leaf's sibling up to the child of the root.
- Proofs are described as ranges of leaves first, so that they can be built from a list of leaves, from tiles, or from
  any other source of subtree hashes.
- Verification never raises on hostile input: it answers True or False.

Source: RFC 6962 sections 2.1 to 2.1.2; verification in the closed form of `transparency-dev/merkle`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()

Subtree = Callable[[int, int], bytes]
"""`subtree(level, index)`: the hash of the complete subtree of 2**level leaves that begins at leaf index * 2**level."""


def hash_leaf(entry: bytes) -> bytes:
    """The hash of one entry, 32 bytes."""
    return sha256(b"\x00" + entry).digest()


def hash_leaves(entries: Iterable[bytes]) -> list[bytes]:
    """The hashes of many entries, 32 bytes each."""
    return [sha256(b"\x00" + entry).digest() for entry in entries]


def hash_node(left: bytes, right: bytes) -> bytes:
    """The hash over two child hashes, 32 bytes."""
    return sha256(b"\x01" + left + right).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over these leaf hashes, as the recursive definition says it."""
    if not leaves:
        return EMPTY_ROOT
    row = list(leaves)
    while len(row) > 1:
        odd = row[len(row) & ~1 :]
        row = [
            sha256(b"\x01" + left + right).digest() for left, right in zip(row[::2], row[1::2], strict=False)
        ]
        row += odd
    return row[0]


def inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """The ranges of leaves whose hashes prove that leaf `index` is in a tree of `size` leaves, in proof order."""
    if not 0 <= index < size:
        raise ValueError("the index lies outside the tree")
    ranges = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low = middle
    return ranges[::-1]


def consistency_ranges(old: int, new: int) -> list[tuple[int, int]]:
    """The ranges of leaves whose hashes prove that the tree of `old` leaves is a prefix of that of `new`, in proof order."""
    if not 0 < old <= new:
        raise ValueError("a consistency proof goes from a smaller tree, not empty, to a larger one")
    ranges: list[tuple[int, int]] = []
    low, high, whole = 0, new, True
    while old < high:
        middle = low + _split(high - low)
        if old <= middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low, whole = middle, False
    if not whole:
        ranges.append((low, high))
    return ranges[::-1]


def hash_range(low: int, high: int, subtree: Subtree) -> bytes:
    """The hash over the leaves [low, high), a range of the kind that proofs use, out of complete subtrees."""
    parts = []
    while low < high:
        level = (high - low).bit_length() - 1
        parts.append(subtree(level, low >> level))
        low += 1 << level
    if not parts:
        return EMPTY_ROOT
    result = parts.pop()
    while parts:
        result = hash_node(parts.pop(), result)
    return result


def subtree_of(leaves: Sequence[bytes]) -> Subtree:
    """Subtree hashes out of leaf hashes in memory."""
    return lambda level, index: root_of(leaves[index << level : (index + 1) << level])


def prove_inclusion(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """The proof that leaf `index` is in the tree of `size` leaves."""
    return [hash_range(low, high, subtree) for low, high in inclusion_ranges(index, size)]


def prove_consistency(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """The proof that the tree of `old` leaves is a prefix of the tree of `new` leaves."""
    return [hash_range(low, high, subtree) for low, high in consistency_ranges(old, new)]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` shows that the leaf hash `leaf` is at `index` of the tree of `size` leaves with this root."""
    if not 0 <= index < size or not _are_hashes([leaf, root, *proof]):
        return False
    inner, border = _shape(index, size)
    if len(proof) != inner + border:
        return False
    return _climb(_climb_inner(leaf, proof[:inner], index), proof[inner:]) == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the tree (old, old_root) is a prefix of the tree (new, new_root).

    A tree of size 0 is a prefix of every tree, which nobody needs to prove: it is refused here.
    """
    if not 0 < old <= new or not _are_hashes([old_root, new_root, *proof]):
        return False
    if old == new:
        return not proof and old_root == new_root
    shift = (old & -old).bit_length() - 1
    inner, border = _shape(old - 1, new)
    inner -= shift
    if old == 1 << shift:
        seed, rest = old_root, proof
    elif proof:
        seed, rest = proof[0], proof[1:]
    else:
        return False
    if len(rest) != inner + border:
        return False
    mask = (old - 1) >> shift
    lower, upper = rest[:inner], rest[inner:]
    left = seed
    for position, sibling in enumerate(lower):
        if mask >> position & 1:
            left = hash_node(sibling, left)
    return _climb(left, upper) == old_root and _climb(_climb_inner(seed, lower, mask), upper) == new_root


def _split(n: int) -> int:
    """The largest power of two below n."""
    return int(1 << ((n - 1).bit_length() - 1))


def _shape(index: int, size: int) -> tuple[int, int]:
    """How many proof hashes lie below and along the right border of the tree."""
    inner = (index ^ (size - 1)).bit_length()
    return inner, (index >> inner).bit_count()


def _climb_inner(seed: bytes, siblings: Sequence[bytes], path: int) -> bytes:
    for position, sibling in enumerate(siblings):
        seed = hash_node(sibling, seed) if path >> position & 1 else hash_node(seed, sibling)
    return seed


def _climb(seed: bytes, siblings: Sequence[bytes]) -> bytes:
    for sibling in siblings:
        seed = hash_node(sibling, seed)
    return seed


def _are_hashes(values: Sequence[bytes]) -> bool:
    return all(len(value) == HASH_BYTES for value in values)
