"""Checking the published half of a log: every entry, every hash of every tile, every partial, up to the root. No sample."""

from __future__ import annotations

from audit.edge import Edge
from audit.entry import check_entry
from audit.errors import CorruptionError, EntryError
from audit.findings import Cause, Finding
from audit.merkle import HASH_BYTES, hash_leaf, root_of
from audit.pruning import NOTHING_PRUNED, Minimum
from audit.rows import split_row
from audit.tiles import TILE_BITS, TILE_WIDTH, ReadFile, Tile, decode_bundle, encode_bundle


class TreeCheck:
    """Walks the tiles from left to right, holding one tile per level."""

    def __init__(
        self,
        size: int,
        partials: dict[tuple[int | None, int], list[int]],
        read: ReadFile,
        *,
        is_live: bool,
        minimum: Minimum = NOTHING_PRUNED,
    ) -> None:
        """Check the tree of `size` entries; `partials` are the widths of partial files that exist, by level and index.

        Bundles below `minimum`, which must have been announced, need not be there.
        """
        self._minimum = minimum
        self.findings: list[Finding] = []
        """What was found."""
        self.anchored: bytes | None = None
        """The root at the anchor's size."""
        self._size = size
        self._partials = partials
        self._read = read
        self._is_live = is_live
        self._rows: list[list[bytes]] = []

    def run(self, anchor_size: int | None = None) -> bytes:
        """Check everything; returns the root that the level-0 tiles have."""
        edge = Edge()
        if anchor_size == 0:
            self.anchored = edge.root()
        for index in range(-(-self._size // TILE_WIDTH)):
            leaves = self._leaves(index, min(TILE_WIDTH, self._size - index * TILE_WIDTH))
            if anchor_size is not None and edge.size < anchor_size <= edge.size + len(leaves):
                anchored = edge.copy()
                anchored.extend(leaves[: anchor_size - edge.size])
                self.anchored = anchored.root()
            edge.extend(leaves)
            if len(leaves) == TILE_WIDTH:
                self._climb(1, index, root_of(leaves))
        for level, row in enumerate(self._rows, 1):
            if row:
                self._compare(Tile(level, self._size >> TILE_BITS * (level + 1), len(row)), row)
        self._check_earlier_partials()
        return edge.root()

    def _leaves(self, index: int, width: int) -> list[bytes]:
        """The leaf hashes of one tile, its bundle checked against it; from the entries if the tile cannot be used."""
        tile, bundle = Tile(0, index, width), Tile(None, index, width)
        data = self._bytes(tile)
        is_pruned = self._minimum.covers(index) and self._read(bundle.path) is None
        raw = None if is_pruned else self._bytes(bundle)
        if data is not None and len(data) != width * HASH_BYTES:
            self._find(Cause.WRONG_LENGTH, tile)
            data = None
        leaves = split_row(data) if data is not None else []
        entries = self._entries(bundle, raw)
        hashes = [hash_leaf(entry) for entry in entries]
        if leaves:
            for offset, (have, want) in enumerate(zip(hashes, leaves, strict=False)):
                if have != want:
                    self._find(Cause.ENTRY_CHANGED, bundle, index * TILE_WIDTH + offset)
        if data is not None:
            self._check_partials(tile, data)
        if raw is not None:
            self._check_partials(bundle, raw, entries)
        return leaves or hashes

    def _entries(self, bundle: Tile, raw: bytes | None) -> list[bytes]:
        if raw is None:
            return []
        try:
            entries = decode_bundle(raw)
        except CorruptionError:
            self._find(Cause.BAD_BUNDLE, bundle)
            return []
        if len(entries) != bundle.width:
            self._find(Cause.WRONG_LENGTH, bundle)
        for offset, entry in enumerate(entries):
            try:
                check_entry(entry)
            except EntryError:
                self._find(Cause.BAD_ENTRY, bundle, bundle.index * TILE_WIDTH + offset)
        return entries

    def _climb(self, level: int, index: int, root: bytes) -> None:
        """A tile is complete: its root is a hash of the tile above."""
        if len(self._rows) < level:
            self._rows.append([])
        row = self._rows[level - 1]
        row.append(root)
        if len(row) == TILE_WIDTH:
            tile = Tile(level, index // TILE_WIDTH)
            self._compare(tile, row)
            self._rows[level - 1] = []
            self._climb(level + 1, tile.index, root_of(row))

    def _compare(self, tile: Tile, row: list[bytes]) -> None:
        """A tile above level 0, against the tiles below it."""
        data, want = self._bytes(tile), b"".join(row)
        if data is not None and data != want:
            self._find(Cause.WRONG_LENGTH if len(data) != len(want) else Cause.TILE_CHANGED, tile)
        self._check_partials(tile, want)

    def _check_partials(self, tile: Tile, whole: bytes, entries: list[bytes] | None = None) -> None:
        """Every partial that is kept besides, against what it is the beginning of."""
        for width in self._partials.get((tile.level, tile.index), ()):
            if width >= tile.width:
                continue  # the file itself; or wider than the log, which the list of files shows
            end = width * HASH_BYTES if entries is None else sum(2 + len(entry) for entry in entries[:width])
            partial = Tile(tile.level, tile.index, width)
            data = self._read(partial.path)
            if data != whole[:end] and not (data is None and self._is_live):
                self._find(Cause.PARTIAL_CHANGED, partial)

    def _check_earlier_partials(self) -> None:
        """Every size that was published left a bundle and the tile over it: where only one of the two is, the other was taken."""
        if self._is_live:
            return
        index, end = divmod(self._size, TILE_WIDTH)
        bundles, tiles = (set(self._partials.get((level, index), ())) for level in (None, 0))
        for level, there, other in ((None, bundles, tiles), (0, tiles, bundles)):
            for width in sorted(width for width in other - there if width < end):
                self._find(Cause.MISSING, Tile(level, index, width))

    def _bytes(self, tile: Tile) -> bytes | None:
        data = self._read(tile.path)
        if data is None and self._is_live and tile.width < TILE_WIDTH:
            data = self._read_full(tile)
        if data is None:
            self._find(Cause.MISSING, tile)
        return data

    def _read_full(self, tile: Tile) -> bytes | None:
        """While the log is written, a partial may have become a full tile meanwhile: then its beginning counts."""
        data = self._read(Tile(tile.level, tile.index).path)
        if data is None or tile.level is not None:
            return data and data[: tile.width * HASH_BYTES]
        try:
            return encode_bundle(decode_bundle(data)[: tile.width])
        except CorruptionError:
            return data

    def _find(self, cause: Cause, tile: Tile, index: int | None = None) -> None:
        self.findings.append(Finding(cause, tile.path, index))
