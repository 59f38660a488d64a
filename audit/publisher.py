"""Publishing: tiles and bundles first, then the head in its second place, then the signed checkpoint. Used by one thread only.

What is durable at each step, and what a crash there means:

1. new tiles and bundles, under names that no checkpoint covers yet: they are written again, the same, after a restart;
2. read back, and hashed again from the entries up: a flipped bit stops here, before anything is signed;
3. the head: from now on an older log is refused; the WAL still has everything, so a restart publishes this size or a larger one;
4. the checkpoint: readers see the new size;
5. partial tiles whose full one is published are removed: a crash leaves some behind, which the next start removes, with those
   that were written in step 1 and never came to be covered by a checkpoint. Of the latter a full disk leaves some, too; the next
   attempt removes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from audit.checkpoint import Checkpoint, sign_checkpoint
from audit.disk import Disk, write_file
from audit.errors import CorruptionError
from audit.head import Head, HeadCell
from audit.layout import CHECKPOINT, SCRATCH
from audit.merkle import HASH_BYTES
from audit.rows import hash_bundle, root_of_row
from audit.signer import CheckpointSigner
from audit.tile_files import TileFiles
from audit.tiles import TILE_BYTES, TILE_WIDTH, Tile, edge_of, encode_bundle

Chunk = tuple[Sequence[bytes], bytes | bytearray]
"""Entries in order, and the row of their leaf hashes as the sequencer has it."""


@dataclass(slots=True)
class Published:
    """The unfinished right edge of what is published, as much as is needed to go on from it."""

    size: int = 0
    """How many entries."""
    rows: list[bytearray] = field(default_factory=list)
    """Hashes of the unfinished tile of each level."""
    bundle: list[bytes] = field(default_factory=list)
    """Entries of the unfinished bundle."""

    def copy(self) -> Published:
        """One that can be changed without changing this one."""
        return Published(self.size, [row.copy() for row in self.rows], self.bundle.copy())


class Publisher:
    """Makes what is durable in the WAL readable by everybody."""

    def __init__(
        self, directory: Path, disk: Disk, signer: CheckpointSigner, head: HeadCell, published: Published
    ) -> None:
        """Go on from `published`."""
        self._directory = directory
        self._disk = disk
        self._signer = signer
        self._head = head
        self._published = published
        self._files = TileFiles(directory, disk)
        self._broke_off = False

    def publish(self, chunks: Iterable[Chunk], size: int, root: bytes) -> None:
        """Publish the log up to `size`, whose root is `root`; `chunks` hold the entries since the last time.

        Raises:
            OSError: no room, or the disk failed; nothing new is published.
            CorruptionError: tiles, entries and root do not agree; nothing is signed.
        """
        if self._broke_off:
            self.remove_leftovers(size)
        self._broke_off = True
        grown = self._published.copy()
        self._files.forget()
        for entries, row in chunks:
            self._grow(grown, entries, row)
        self._write_partials(grown)
        self._files.settle()
        if grown.size != size or edge_of(grown.rows).root() != root:
            raise CorruptionError("the tiles and the tree in memory have different roots: nothing was signed")
        self._head.advance(Head(size, root))
        note = sign_checkpoint(Checkpoint(self._signer.name, size, root), self._signer)
        write_file(self._disk, self._directory / CHECKPOINT, note, self._directory / SCRATCH / CHECKPOINT)
        self._disk.sync_directory(self._directory)
        before, self._published = self._published, grown
        self._remove_partials(before.size, size)
        self._broke_off = False

    def remove_leftovers(self, durable: int) -> None:
        """Remove partials that were left beside the last full tiles, and those that no checkpoint ever covered.

        The latter may hold what was found out to be wrong before it was signed. `durable` is the size of the log.
        """
        size = self._published.size
        self._remove_partials(max(0, size - TILE_WIDTH), size)
        for level in (None, *range(8)):
            shift = 8 * ((level or 0) + 1)
            width = size >> (shift - 8) & (TILE_WIDTH - 1)
            for index in range(size >> shift, (durable >> shift) + 1):
                covered = width if index == size >> shift else 0
                self._remove_wider(self._directory / Tile(level, index, 1).path, covered)

    def _remove_wider(self, narrowest: Path, covered: int) -> None:
        """Remove the partials of a tile that are wider than `covered`; `narrowest` is the path of one."""
        if not narrowest.parent.is_dir():
            return
        kept = 0
        for path in narrowest.parent.iterdir():
            if path.name.isdecimal() and int(path.name) <= covered:
                kept += 1
            else:
                self._disk.unlink(path)
        if not kept:
            self._disk.remove_directory(narrowest.parent)

    def _grow(self, grown: Published, entries: Sequence[bytes], row: bytes | bytearray) -> None:
        """Add entries; write every tile and bundle that becomes full."""
        at = 0
        while at < len(entries):
            room = TILE_WIDTH - grown.size % TILE_WIDTH
            taken = entries[at : at + room]
            grown.bundle += taken
            if not grown.rows:
                grown.rows.append(bytearray())
            grown.rows[0] += row[HASH_BYTES * at : HASH_BYTES * (at + room)]
            grown.size += len(taken)
            at += len(taken)
            if len(grown.bundle) == TILE_WIDTH:
                self._finish_tiles(grown)

    def _finish_tiles(self, grown: Published) -> None:
        index = grown.size // TILE_WIDTH - 1
        self._write_entries(index, grown.bundle, grown.rows[0])
        grown.bundle = []
        level = 0
        while len(grown.rows[level]) == TILE_BYTES:
            if level:
                self._write_hashes(Tile(level, index), grown.rows[level])
            if level + 1 == len(grown.rows):
                grown.rows.append(bytearray())
            grown.rows[level + 1] += root_of_row(grown.rows[level])
            grown.rows[level] = bytearray()
            level += 1
            index //= TILE_WIDTH

    def _write_partials(self, grown: Published) -> None:
        for level, row in enumerate(grown.rows):
            if row:
                tile = Tile(level, grown.size >> 8 * (level + 1), len(row) // HASH_BYTES)
                if level:
                    self._write_hashes(tile, row)
                else:
                    self._write_entries(tile.index, grown.bundle, row)

    def _write_entries(self, index: int, bundle: list[bytes], row: bytearray) -> None:
        """A bundle and the level-0 tile over it, compared with one another through what the disk gives back."""
        data = encode_bundle(bundle)
        self._files.write(Tile(None, index, len(bundle)), data)
        self._write_hashes(Tile(0, index, len(bundle)), row)
        # What is read back is what is in memory (`TileFiles`); so hashing that checks both, and the sequencer's hashes too.
        if hash_bundle(data, bundle) != row:
            raise CorruptionError(
                "an entry and its hash do not agree", place=Tile(None, index, len(bundle)).path
            )

    def _write_hashes(self, tile: Tile, row: bytearray) -> None:
        self._files.write(tile, bytes(row))

    def _remove_partials(self, old: int, new: int) -> None:
        """Remove the partials of the tile that was unfinished at `old` and is full at `new`, at each level."""
        for level in (None, *range(8)):
            shift = 8 * ((level or 0) + 1)
            if old >> shift < new >> shift:
                partials = (self._directory / Tile(level, old >> shift, 1).path).parent
                if partials.is_dir():
                    for path in partials.iterdir():
                        self._disk.unlink(path)
                    self._disk.remove_directory(partials)
