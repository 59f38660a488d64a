"""Lists of people, as CSV: who is taken into a segment from outside.

A list has a header with the column `id` or `anonymous_id`; other columns are refused, because nobody asked for them. Only people
who permit the segment's purpose are taken in; of the others nothing is kept, and they are counted together.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from gateway.errors import BodyInvalidError
from gateway.identities import Identities
from gateway.memory.people import People
from gateway.rules.rulebook import Rulebook
from scoring import Effect, Segment

MAX_ROWS = 100_000
_COLUMNS = ("id", "anonymous_id")


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a list."""

    taken: int
    """Who is a member now and was not before."""
    present: int
    """Who was a member already."""
    withheld: int
    """Who is unknown, or does not permit the purpose."""


def read_cohort(raw: bytes) -> tuple[str, list[str]]:
    """The column and its values.

    Raises:
        BodyInvalidError: not such a list.
    """
    try:
        rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise BodyInvalidError from None
    rows = [row for row in rows if row]
    if not rows or len(rows) > MAX_ROWS + 1 or len(rows[0]) != 1 or rows[0][0] not in _COLUMNS:
        raise BodyInvalidError
    if any(len(row) != 1 for row in rows):
        raise BodyInvalidError
    return rows[0][0], [row[0] for row in rows[1:]]


def take_in(
    cohort: tuple[str, list[str]],
    segment: Segment,
    *,
    rulebook: Rulebook,
    identities: Identities,
    people: People,
    now: int,
) -> Taken:
    """Take the people of a cohort that was read into a segment; the raw ids end here."""
    column, ids = cohort
    effects: list[Effect] = []
    present = withheld = 0
    for raw in ids:
        known, anonymous = (raw, None) if column == "id" else (None, raw)
        ref = identities.ref_of(known=known, anonymous=anonymous)
        slot = None if ref is None else people.slot_of.get(identities.linked_or_own(ref))
        if slot is None or not rulebook.permits(segment.bit, slot):
            withheld += 1
            continue
        joined = rulebook.engine.join(segment, slot, now)
        effects += joined
        present += not joined
    if effects:
        rulebook.record(effects)
    return Taken(len(effects), present, withheld)
