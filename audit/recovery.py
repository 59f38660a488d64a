"""Opening a log: what the disk holds is checked before anything is written, then what a crash left behind is tidied.

1. The lock is held (by the caller).
2. Read the head kept in the second place.
3. Verify the checkpoint's signature; newer than the head, or another root at the same size: refuse.
4. Load the unfinished tiles, check them against the root, and the last bundle against its tile.
5. If the oldest segments were let go, what stays of them must be what the log announced.
6. Read the WAL behind the checkpoint: stop at the first bad frame; a torn write at the very end is cut off, anything else
refused.
7. Rebuild the edge; the root at the head's size must be the head's; a log shorter than either: refuse.

Only then is a torn tail cut off, the scratch emptied, what a pruning left over deleted, and the key file written if it is not
that of the key in use.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from audit.checkpoint import Checkpoint, read_checkpoint
from audit.disk import Disk, write_file
from audit.edge import Edge
from audit.errors import CorruptionError, KeyMismatchError, NoteError, RollbackError
from audit.frames import FIRST_PREVIOUS, HEADER_BYTES, FrameHeader, decode_records, read_header
from audit.head import Head, HeadCell
from audit.layout import (
    CHECKPOINT,
    MINIMUM,
    SCRATCH,
    TILE,
    VKEY,
    create_layout,
    reader_of,
    segment_path,
    segment_starts,
)
from audit.merkle import EMPTY_ROOT, hash_leaf, prove_inclusion, verify_inclusion
from audit.note import NoteVerifier
from audit.proof import entry_at
from audit.pruning import base_of, read_minimum
from audit.publisher import Published
from audit.rows import hash_row
from audit.scan import SegmentScan, Tail
from audit.tiles import TILE_WIDTH, Tile, decode_bundle, edge_of, read_rows, subtree_from
from audit.wal_base import Base, BaseHead, remove_below

OnRecord = Callable[[int, bytes, bytes], None]
"""Called with index, entry and sealed part."""
OnBase = Callable[[Base], None]
"""Called with what stays of segments that went, if they are asked for."""


@dataclass(slots=True)
class Recovered:
    """A log as it was found."""

    published: Published
    """What the checkpoint covers."""
    edge: Edge
    """The right edge over everything durable."""
    starts: list[int]
    """First indices of the segments."""
    previous: bytes = FIRST_PREVIOUS
    """Hash of the last header."""
    epoch: int = 0
    """The epoch of the last frame; 0 for a new log."""
    generation: int = 0
    """The store generation of the last frame."""
    base: Base | None = None
    """What stays of segments that went."""
    truncated: int = 0
    """Bytes of a torn write that were cut off."""


class Recovery:
    """One opening of one log."""

    def __init__(
        self, directory: Path, disk: Disk, verifiers: Sequence[NoteVerifier], head: HeadCell
    ) -> None:
        """Open the log in `directory`, which one of these keys signed; the first is the one in use."""
        self._directory = directory
        self._disk = disk
        self._verifier = verifiers[0]
        self._verifiers = verifiers
        self._head = head
        self._cut: tuple[Path, int] | None = None

    def run(self, on_record: OnRecord | None, replay_from: int, on_base: OnBase | None = None) -> Recovered:
        """Check, replay and tidy; `on_record` gets every record from `replay_from` on, in order.

        Where some of them went, `on_base` is told what stays, and `on_record` gets the records behind.

        Raises:
            RollbackError, CorruptionError, KeyMismatchError: the log must not be gone on with; nothing was changed.
        """
        head = self._head.read()
        checkpoint = self._checkpoint()
        self._compare(head, checkpoint)
        if not (self._directory / TILE).exists():
            checkpoint = (
                self._nothing_signed()
            )  # the tree is made again from the WAL; the head says what its root must be
        found = self._load(checkpoint)
        found.base = self._base(checkpoint)
        first = 0 if found.base is None else found.base.head.first
        found.starts = [start for start in segment_starts(self._directory) if start >= first]
        if found.base is not None and on_base is not None and replay_from < first:
            on_base(found.base)
        self._replay(found, head, on_record, replay_from)
        self._tidy(found)
        return found

    def _checkpoint(self) -> Checkpoint:
        """Step 3, first half."""
        key_path, path = self._directory / VKEY, self._directory / CHECKPOINT
        known = {f"{key.vkey}\n".encode() for key in self._verifiers}
        if key_path.exists() and key_path.read_bytes() not in known:
            raise KeyMismatchError("the log was begun under another key or origin")
        if not path.exists():
            return self._nothing_signed()
        try:
            return read_checkpoint(path.read_bytes(), self._verifiers)
        except NoteError as exc:
            raise CorruptionError("the checkpoint is not one that this log signed", place=CHECKPOINT) from exc

    def _nothing_signed(self) -> Checkpoint:
        return Checkpoint(self._verifier.name, 0, EMPTY_ROOT)

    def _compare(self, head: Head | None, checkpoint: Checkpoint) -> None:
        """Step 3, second half."""
        known = head or Head(0, EMPTY_ROOT)
        if checkpoint.size > known.size:
            raise RollbackError("the checkpoint is newer than the head: the head comes from an older copy")
        if checkpoint.size == known.size and checkpoint.root != known.root:
            raise RollbackError("checkpoint and head have the same size and different roots")

    def _load(self, checkpoint: Checkpoint) -> Recovered:
        """Step 4: load what the segments hold."""
        read = reader_of(self._directory)
        rows = read_rows(checkpoint.size, read)
        edge = edge_of(rows)
        if edge.size != checkpoint.size or edge.root() != checkpoint.root:
            raise CorruptionError("the tiles do not have the root that was signed", place="tile")
        index, width = divmod(checkpoint.size, TILE_WIDTH)
        bundle: list[bytes] = []
        if width:
            tile = Tile(None, index, width)
            data = read(tile.path)
            bundle = decode_bundle(data) if data is not None else []
            if hash_row(bundle) != rows[0]:
                raise CorruptionError("the last bundle does not match the tile over it", place=tile.path)
        return Recovered(Published(checkpoint.size, rows, bundle), edge, [])

    def _base(self, checkpoint: Checkpoint) -> Base | None:
        """Step 5: what stays of segments that went."""
        read, size = reader_of(self._directory), checkpoint.size
        base = base_of(self._directory, size, read) if size else None
        if base is not None:
            said_at = read_minimum(read).announced
            leaf, way = (
                hash_leaf(entry_at(said_at, size, read)),
                prove_inclusion(said_at, size, subtree_from(size, read)),
            )
            if not verify_inclusion(leaf, said_at, size, way, checkpoint.root):
                raise CorruptionError("the announcement of a pruning is not in the log", place=MINIMUM)
        return base

    def _replay(
        self, found: Recovered, head: Head | None, on_record: OnRecord | None, replay_from: int
    ) -> None:
        """Steps 6 and 7."""
        known = BaseHead(0, FIRST_PREVIOUS) if found.base is None else found.base.head
        published = found.published.size
        begin = min(published, replay_from) if on_record else published
        # The last segment may be empty, so the one before it is read too: it says which frame the next one follows.
        at = max(0, min(bisect_right(found.starts, begin) - 1, len(found.starts) - 2))
        starts = found.starts[at:]
        if (found.starts or known.first) and found.starts[:1] != [known.first]:
            place = segment_path(self._directory, known.first).name
            raise CorruptionError("the first segment is missing", place=place)
        for start, following in pairwise(found.starts[: at + 1]):
            self._glance_at(start, following)
        previous = known.previous if at == 0 else None
        end = starts[0] if starts else 0
        for position, start in enumerate(starts):
            if start != end:
                raise CorruptionError(
                    "a segment is missing", place=segment_path(self._directory, end).name, index=end
                )
            scan = SegmentScan(segment_path(self._directory, start).read_bytes(), start, previous)
            for header, body in scan:
                self._take(found, head, header, body, on_record, replay_from)
            end, previous = scan.next_index, scan.previous
            self._look_behind(found, scan, start, is_last=position + 1 == len(starts))
        if end < published or (head is not None and end < head.size):
            if self._cut is not None and found.truncated:
                raise CorruptionError(
                    "the WAL is damaged before the published size", place=self._cut[0].name, index=end
                )
            raise RollbackError("the log is shorter than what was published: it comes from an older copy")
        found.previous = previous or FIRST_PREVIOUS

    def _glance_at(self, start: int, following: int) -> None:
        """A segment that need not be read is there and begins as it must; `audit verify` reads it whole."""
        path = segment_path(self._directory, start)
        with path.open("rb") as file:
            header = read_header(file.read(HEADER_BYTES))
        if header is None or header.first_index != start or header.next_index > following:
            raise CorruptionError("a segment does not begin with its frame", place=path.name, index=start)
        if path.stat().st_size < header.end:
            raise CorruptionError("a segment is cut short", place=path.name, index=start)

    def _take(
        self,
        found: Recovered,
        head: Head | None,
        header: FrameHeader,
        body: bytes,
        on_record: OnRecord | None,
        replay_from: int,
    ) -> None:
        """One good frame: its new entries go into the edge, its records to the caller."""
        found.epoch, found.generation = header.epoch, header.generation
        replayed = on_record is not None and header.next_index > replay_from
        if header.next_index <= found.edge.size and not replayed:
            return
        for index, entry, sealed in decode_records(body, header.first_index, header.count):
            if index == found.edge.size:
                found.edge.append(hash_leaf(entry))
                if head is not None and found.edge.size == head.size and found.edge.root() != head.root:
                    raise RollbackError("the log has another root at the size that was published")
            if on_record is not None and index >= replay_from:
                on_record(index, entry, sealed)

    def _look_behind(self, found: Recovered, scan: SegmentScan, start: int, *, is_last: bool) -> None:
        """What lies behind the good frames of a segment: nothing, room, a torn write at the very end, or damage."""
        tail = scan.tail()
        path = segment_path(self._directory, start)
        if tail is Tail.NONE and scan.end:
            return
        if not is_last or tail is Tail.FOLLOWED:
            raise CorruptionError(
                "a frame is damaged, and it is not the last", place=path.name, index=scan.next_index
            )
        self._cut = (path, scan.end)
        found.truncated = scan.torn_bytes() if tail is Tail.TORN else 0

    def _tidy(self, found: Recovered) -> None:
        """Repair what a crash leaves behind, and nothing else."""
        create_layout(self._disk, self._directory)
        remove_below(self._directory, 0 if found.base is None else found.base.head.first, self._disk)
        data = f"{self._verifier.vkey}\n".encode()
        if not (self._directory / VKEY).exists() or (self._directory / VKEY).read_bytes() != data:
            write_file(self._disk, self._directory / VKEY, data, self._directory / SCRATCH / VKEY)
            self._disk.sync_directory(self._directory)
        if self._cut is None:
            return
        path, end = self._cut
        if end:
            descriptor = self._disk.open(path)
            try:
                self._disk.cut(descriptor, end)
                self._disk.sync(descriptor)
            finally:
                self._disk.close(descriptor)
        else:
            found.starts.pop()
            self._disk.unlink(path)
            self._disk.sync_directory(path.parent)
