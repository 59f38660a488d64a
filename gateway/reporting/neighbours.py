"""That nothing of the time asked for lies outside the range: the entries beside it, shown with their proofs.

    neighbours.json     {"format", "before", "after"}: the entry before the range and the one behind it, where there is one

The range of an export is the smallest one with every entry of the time that was asked for, so the two beside it are of another
time, and times in a log rise. (Where a clock was set back, an entry further out may still be of that time: it can be asked for.)
No neighbour is needed at the beginning of the log, where older entries were pruned, and at the end of the log of then. An export
of one person's entries shows no other entry, and so no neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from audit import EntryError, NoteVerifier, decode_entry
from gateway.reporting.disclosure import Disclosed, proven
from gateway.reporting.faults import Fault
from gateway.reporting.manifest import Manifest
from gateway.reporting.query import Query
from gateway.reporting.verified import Verified, read_plain

NEIGHBOURS = "neighbours.json"
FORMAT = "volens-neighbours/v1"


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    before: Disclosed | None
    after: Disclosed | None
    format: str = FORMAT


_decoder = msgspec.json.Decoder(_File)
_encoder = msgspec.json.Encoder(order="sorted")


def encode_neighbours(
    query: Query, first: int, until: int, bounds: tuple[int, int], show: Callable[[int], Disclosed]
) -> bytes | None:
    """The file; None where the export has none.

    Args:
        query: what was asked.
        first: the range's first index.
        until: the one behind it.
        bounds: the first index that is published, and the size of the log when the export was begun.
        show: an entry with its proof.
    """
    if not query.has_times or query.is_of_one_person:
        return None
    before, after = _places(first, until, bounds)
    shown = [None if place is None else show(place) for place in (before, after)]
    return _encoder.encode(_File(before=shown[0], after=shown[1])) if any(shown) else None


def check_neighbours(path: Path, believed: Sequence[NoteVerifier], verified: Verified) -> None:
    """Hold what lies beside the range to the question; `verified.is_bounded` if nothing of its time can lie outside."""
    about = verified.manifest
    before, after = _places(about.first, about.until, (_minimum(about), about.log_size))
    if not about.query.has_times:
        verified.is_bounded = before is after is None
        return
    data = read_plain(path / NEIGHBOURS)
    if data is None:
        verified.is_bounded = before is after is None
        return
    try:
        found = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        verified.find(Fault.BAD_NEIGHBOUR, NEIGHBOURS)
        return
    if verified.checkpoint is None:
        return  # nothing to hold it to
    if found.format != FORMAT:
        verified.find(Fault.BAD_NEIGHBOUR, NEIGHBOURS)
        return
    pairs = ((before, found.before), (after, found.after))
    judged = [_is_beside(place, shown, believed, verified) for place, shown in pairs]
    verified.is_bounded = all(judged)


def _is_beside(
    place: int | None, shown: Disclosed | None, believed: Sequence[NoteVerifier], verified: Verified
) -> bool:
    """Whether the neighbour at a place is shown, and is of another time; None is a place that needs none."""
    if place is None and shown is None:
        return True
    entry = None if shown is None or shown.index != place else proven(shown, believed, verified.checkpoint)
    try:
        at = None if entry is None else decode_entry(entry).at
    except EntryError:
        at = None
    if place is None or at is None:
        verified.find(Fault.BAD_NEIGHBOUR, NEIGHBOURS)
        return False
    if verified.manifest.query.covers(at):
        verified.find(Fault.RANGE_TOO_SHORT, place)
        return False
    verified.beside.append((place, at))
    return True


def _places(first: int, until: int, bounds: tuple[int, int]) -> tuple[int | None, int | None]:
    """The places beside a range; None where nothing is, or was when the export was begun."""
    begin, end = bounds
    return (first - 1 if first > begin else None), (until if until < end else None)


def _minimum(manifest: Manifest) -> int:
    return 0 if manifest.pruned is msgspec.UNSET else manifest.pruned.minimum
