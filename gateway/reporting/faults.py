"""What the verification of an export can find, each by its cause."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique


@unique
class Fault(StrEnum):
    """Why an export does not prove what it says."""

    meaning: str
    """One line for a person."""

    def __new__(cls, value: str, meaning: str) -> Fault:
        """Make a member out of its word and its meaning."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    MISSING = "missing", "a file of the export is not there"
    UNKNOWN_FILE = "unknown_file", "a file that the manifest does not know"
    NOT_A_FILE = "not_a_file", "a link or a device where an export has plain files"
    CHANGED = "changed", "a file is not the one that the manifest names: cut off, or altered"
    BAD_KEY = "bad_key", "the log's key is malformed, or not the one that was asked for"
    BAD_PROOF = "bad_proof", "the proof of the manifest's entry is malformed, or not signed by this log's key"
    NOT_IN_THE_LOG = "not_in_the_log", "the entry that was proven is not about this manifest"
    BAD_ROWS = "bad_rows", "a file of rows or hashes does not hold what the manifest says"
    CELLS = "cells", "the cells say something else than the entry beside them"
    NOT_SELECTED = "not_selected", "a row that the question does not select"
    NOT_WHOLE = (
        "not_whole",
        "rows and hidden hashes do not have the root that was signed: one was changed or left out",
    )
    WITHHELD_FROM_IT = "withheld_from_it", "an entry that the question selects is not among the rows"
    BAD_DISCLOSURE = "bad_disclosure", "a disclosed entry is not the one that stands at this place of the log"


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is not as it should be."""

    fault: Fault
    """What is wrong."""
    place: str
    """The file, or the index of an entry."""

    def __str__(self) -> str:
        """One line for a person."""
        return f"{self.fault.value}: {self.place}: {self.fault.meaning}"
