"""Tiles and bundles: how the log lies on disk for readers, and nothing about how it gets there.

- A full tile holds 256 hashes, a full bundle 256 entries; what is not full is a partial with its width in the name.
- Hash i of tile n at level l covers 256**l leaves; levels above 0 hold only the roots of full tiles below.

Source: c2sp.org/tlog-tiles.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from audit.edge import Edge
from audit.errors import CorruptionError
from audit.merkle import EMPTY_ROOT, HASH_BYTES, Subtree, hash_range
from audit.rows import root_of_row

TILE_BITS = 8
TILE_WIDTH = 1 << TILE_BITS
TILE_BYTES = TILE_WIDTH * HASH_BYTES
ENTRIES = "entries"

ReadFile = Callable[[str], bytes | None]
"""The bytes of a file by its path relative to the log; None if there is no such file."""


@dataclass(frozen=True, slots=True)
class Tile:
    """The place of a tile or bundle."""

    level: int | None
    """0 and up for hashes; None for a bundle of entries."""
    index: int
    """Which tile of the level, from 0."""
    width: int = TILE_WIDTH
    """How many hashes or entries it holds, 1 to 256."""

    @property
    def path(self) -> str:
        """Relative to the log, for example `tile/0/x001/x234/067.p/12`."""
        level = ENTRIES if self.level is None else str(self.level)
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{_number(self.index)}{partial}"


def parse_tile_path(path: str) -> Tile | None:
    """The tile that lies at `path`; None if no tile can."""
    parts = path.split("/")
    if len(parts) < 3 or parts[0] != "tile":
        return None
    width = TILE_WIDTH
    if len(parts) > 3 and parts[-2].endswith(".p"):
        if not parts[-1].isascii() or not parts[-1].isdecimal() or not 0 < int(parts[-1]) < TILE_WIDTH:
            return None
        width = int(parts.pop())
        parts[-1] = parts[-1].removesuffix(".p")
    digits = "".join(part.removeprefix("x") for part in parts[2:])
    level = None if parts[1] == ENTRIES else parts[1]
    for text in (digits, level or "0"):
        if not text.isascii() or not text.isdecimal() or len(text) > 18:
            return None
    tile = Tile(None if level is None else int(level), int(digits), width)
    return tile if (level is None or int(level) < 64) and tile.path == path else None


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """A bundle: each entry behind its length as two bytes, big-endian."""
    return b"".join([len(entry).to_bytes(2, "big") + entry for entry in entries])


def decode_bundle(data: bytes) -> list[bytes]:
    """The entries of a bundle.

    Raises:
        CorruptionError: it ends in the middle of an entry.
    """
    entries = []
    at, size = 0, len(data)
    while at < size:
        begin = at + 2
        at = begin + (data[at] << 8 | data[at + 1]) if begin <= size else size + 1
        if at > size:
            raise CorruptionError("a bundle ends in the middle of an entry")
        entries.append(data[begin:at])
    return entries


def read_tile(tile: Tile, read: ReadFile) -> bytes:
    """The bytes of a hash tile; for a partial that is gone, the beginning of the full one.

    Raises:
        CorruptionError: missing or of the wrong length.
    """
    data = read(tile.path)
    if data is None and tile.width < TILE_WIDTH:
        data = read(Tile(tile.level, tile.index).path)
        if data is not None and len(data) == TILE_BYTES:
            data = data[: tile.width * HASH_BYTES]
    if data is None:
        raise CorruptionError("a tile is missing", place=tile.path)
    if len(data) != tile.width * HASH_BYTES:
        raise CorruptionError("a tile has another length than its name says", place=tile.path)
    return data


def subtree_from(size: int, read: ReadFile) -> Subtree:
    """Subtree hashes of the log of `size` entries, out of its tiles."""

    def subtree(level: int, index: int) -> bytes:
        row, inside = divmod(level, TILE_BITS)
        first = index << inside
        tile, at = divmod(first, TILE_WIDTH)
        width = min(TILE_WIDTH, (size >> TILE_BITS * row) - tile * TILE_WIDTH)
        data = read_tile(Tile(row, tile, width), read)
        return root_of_row(data[at * HASH_BYTES : (at + (1 << inside)) * HASH_BYTES])

    return subtree


def root_from(size: int, published: int, read: ReadFile) -> bytes:
    """The root over the first `size` entries, out of the tiles of a log of `published` entries, which are as many or more.

    Raises:
        CorruptionError: a tile is missing or has the wrong length.
    """
    return hash_range(0, size, subtree_from(published, read)) if size else EMPTY_ROOT


def read_rows(size: int, read: ReadFile) -> list[bytearray]:
    """The row of the unfinished tile of each level, from level 0 up, of the log of `size` entries."""
    rows = []
    level = 0
    while size >> TILE_BITS * level:
        index, width = divmod(size >> TILE_BITS * level, TILE_WIDTH)
        rows.append(bytearray(read_tile(Tile(level, index, width), read) if width else b""))
        level += 1
    return rows


def edge_of(rows: Sequence[bytes | bytearray]) -> Edge:
    """The right edge of the tree whose unfinished tiles hold these rows."""
    widths = [len(row) // HASH_BYTES for row in rows]
    size = sum(width << TILE_BITS * level for level, width in enumerate(widths))
    stack = []
    for row, width in zip(reversed(rows), reversed(widths), strict=True):
        at = 0
        for bit in range(TILE_BITS - 1, -1, -1):
            if width >> bit & 1:
                end = at + (HASH_BYTES << bit)
                stack.append(root_of_row(row[at:end]))
                at = end
    return Edge(size, stack)


def _number(index: int) -> str:
    text = f"{index % 1000:03d}"
    while index >= 1000:
        index //= 1000
        text = f"x{index % 1000:03d}/{text}"
    return text
