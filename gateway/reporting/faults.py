"""What the verification of an export can find, each by its cause."""

from __future__ import annotations

from enum import unique

from audit import Explained


@unique
class Fault(Explained):
    """Why an export does not prove what it says."""

    MISSING = "missing", "a file of the export is not there"
    UNKNOWN_FILE = "unknown_file", "a file that the manifest does not know"
    NOT_A_FILE = "not_a_file", "a link or a device where an export has plain files"
    CHANGED = "changed", "a file is not the one that the manifest names: cut off, or altered"
    BAD_KEY = "bad_key", "the key that lies in the export is malformed, another log's, or has not signed it"
    OTHER_KEY = (
        "other_key",
        "no key that was given has signed it: it is of another log, or the log's key was changed in between",
    )
    BAD_PROOF = "bad_proof", "the proof of the manifest's entry is malformed, or not signed by this log's key"
    BAD_ENTRY = (
        "bad_entry",
        "the log has another entry than this one where the proof says: the entry or the proof was changed",
    )
    NOT_IN_THE_LOG = "not_in_the_log", "the entry that was proven is not about this manifest"
    BAD_ROWS = "bad_rows", "a file of rows or hashes does not hold what the manifest says"
    CELLS = "cells", "the cells say something else than the entry beside them"
    NOT_SELECTED = "not_selected", "a row that the question does not select"
    NOT_WHOLE = (
        "not_whole",
        "rows, hidden hashes and the hashes around them do not have the root that was signed: one was changed or left out",
    )
    BAD_POPULATION = (
        "bad_population",
        "the hashes around the range are malformed, too many or too few, or around another range",
    )
    WITHHELD_FROM_IT = "withheld_from_it", "an entry that the question selects is not among the rows"
    RANGE_TOO_SHORT = (
        "range_too_short",
        "the entry beside the range is of the time that was asked for: the range is not all of it",
    )
    BAD_NEIGHBOUR = "bad_neighbour", "what is shown of the entries beside the range is not what stands there"
    REPORT = "report", "the report says something else than the rows come to, or its page than its data"
    BAD_DISCLOSURE = "bad_disclosure", "a disclosed entry is not the one that stands at this place of the log"
    BAD_ANCHOR = "bad_anchor", "the anchor is not a checkpoint of this log"
    FORKED = "forked", "the log has another root at the anchor's size: a different history"
    NOT_ANCHORED = (
        "not_anchored",
        "nothing here ties the log to the anchor: have the export made with --anchor, and with the older checkpoint of the two",
    )
