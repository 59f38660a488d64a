"""What a verification can find, each by its cause: a deletion is not a rollback, and two writers are neither.

Other packages verify further things (exports, access reports) and have causes of their own; a finding is the same everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Self


class Explained(StrEnum):
    """A word of a closed list, with what it means."""

    meaning: str
    """One line for a person."""

    def __new__(cls, value: str, meaning: str) -> Self:
        """Make a member out of its word and its meaning."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member


@unique
class Cause(Explained):
    """Why a log is not as it should be."""

    MISSING = "missing", "a file that the log consists of is not there"
    UNKNOWN_FILE = "unknown_file", "a file that no log has"
    NOT_A_FILE = "not_a_file", "a link or a device where a log has plain files"
    UNREADABLE = "unreadable", "the system does not give the file's bytes"
    LEFTOVER = "leftover", "a file that a crash left unfinished; the next start removes it"
    AHEAD = "ahead", "a tile beyond the checkpoint: a crash while publishing, or added by hand"
    WRONG_LENGTH = "wrong_length", "shorter or longer than its name or its contents say"
    BAD_KEY = "bad_key", "the verifier key is malformed, or not the one that was asked for"
    BAD_CHECKPOINT = "bad_checkpoint", "the checkpoint is malformed or not signed by the log's key"
    WRONG_ROOT = "wrong_root", "the hashes of the entries do not have the root that was signed"
    BAD_ENTRY = "bad_entry", "an entry that is not in canonical form"
    BAD_BUNDLE = "bad_bundle", "a bundle that cannot be taken apart"
    ENTRY_CHANGED = "entry_changed", "an entry does not have the hash that the tile over it holds"
    TILE_CHANGED = "tile_changed", "a tile does not hold the hashes of what is below it"
    PARTIAL_CHANGED = "partial_changed", "a partial is not the beginning of what it is a part of"
    WAL_CHANGED = "wal_changed", "an entry in the WAL is not the one that was published"
    WAL_SHORT = "wal_short", "the WAL ends before the checkpoint does"
    SEGMENT_MISSING = "segment_missing", "a segment of the WAL is not there, or begins elsewhere"
    BAD_FRAME = "bad_frame", "a frame is damaged, and a good one follows"
    WRITTEN_TWICE = "written_twice", "a good frame repeats indices already taken: two writers"
    OUT_OF_ORDER = "out_of_order", "a good frame that does not follow the one before it"
    TORN_TAIL = "torn_tail", "the WAL ends in a write that was cut short; the next start cuts it off"
    NOT_ZERO = "not_zero", "space kept ready is not empty"
    BAD_MINIMUM = "bad_minimum", "entries are said to be pruned, and no entry announces it"
    BAD_BASE = "bad_base", "what stays of segments that went is not what the log announced"
    BAD_ANCHOR = "bad_anchor", "the anchor is not a checkpoint of this log"
    ROLLED_BACK = "rolled_back", "the log is shorter than the anchor: it was restored from an older copy"
    FORKED = "forked", "the log has another root at the anchor's size: a different history"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be."""

    cause: Explained
    """Why it is not."""
    place: str = ""
    """The file, relative to what was verified; or another place that can be named."""
    index: int | None = None
    """The entry, where one can be named."""

    def __str__(self) -> str:
        """One line for a person."""
        entry = "" if self.index is None else f"entry {self.index}"
        where = ", ".join(filter(None, (self.place, entry)))
        return ": ".join(filter(None, (self.cause.value, where, self.cause.meaning)))


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a verification."""

    origin: str
    """Which log; empty if its key cannot be read."""
    size: int
    """Entries that the checkpoint covers."""
    root: bytes
    """The root that was signed."""
    durable: int
    """Entries that the WAL holds; those beyond `size` are not signed yet."""
    findings: tuple[Finding, ...]
    """Everything found, in the order of the files."""
    is_live: bool
    """Whether a process was writing the log meanwhile: then what is beyond the checkpoint was not judged."""
    first: int = 0
    """The entry with which the WAL begins; of those before, it holds what stays when segments go (`audit.wal_base`)."""
    without_wal: bool = False
    """Whether it was verified as a copy that has no WAL: then only what the log publishes was judged."""

    @property
    def ok(self) -> bool:
        """Whether every byte is as it should be."""
        return not self.findings
