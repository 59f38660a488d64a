"""Lists of people, as CSV: who is taken into a segment from outside.

A list has a header with the column `id` or `anonymous_id`; other columns are refused, because nobody asked for them. Only people
who permit the segment's purpose are taken in; of the others nothing is kept, and they are counted together.

A long list is taken in part by part, with everybody else's turns in between: each part asks anew for the segment and
for permission.
"""

from __future__ import annotations

import asyncio
import csv
import io
from dataclasses import dataclass

from audit import LogUnavailableError
from gateway.clock import Clock
from gateway.errors import BodyInvalidError, NotFoundError
from gateway.identities import Identities
from gateway.memory.people import People
from gateway.rules.definitions import DefinitionKind
from gateway.rules.recorder import Recorder
from gateway.rules.rulebook import Rulebook
from scoring import Effect, Segment

MAX_ROWS = 100_000
PART_ROWS = 50
"""Taken in within one turn of the event loop."""
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


class Intake:
    """Takes lists in. Lives on the event loop."""

    def __init__(
        self, rulebook: Rulebook, recorder: Recorder, identities: Identities, people: People, clock: Clock
    ) -> None:
        """Take people of `people` into segments of `rulebook`; each who joins is recorded by `recorder`."""
        self._rulebook = rulebook
        self._recorder = recorder
        self._identities = identities
        self._people = people
        self._clock = clock

    async def take_in(self, raw: bytes, segment: str) -> Taken:
        """Take the people of a list into a segment; the raw ids end here. Who joined is in the log on return.

        Raises:
            BodyInvalidError: not such a list.
            NotFoundError: there is no segment of this name that is filled from lists, or it is there no more, though another
                may have its name by now: those taken in went with it.
            LogUnavailableError: nobody joins while the log cannot take it.
        """
        created = self._segment(segment).created
        column, ids = await asyncio.to_thread(read_cohort, raw)
        joined: list[int] = []
        present = 0
        for first in range(0, len(ids), PART_ROWS):
            if first:
                await asyncio.sleep(0)
            into, effects = self._segment(segment, created), []
            for raw_id in ids[first : first + PART_ROWS]:
                moved = self._join(column, raw_id, into)
                present += moved == []
                effects += moved or []
            joined += [effect.slot for effect in effects]
            self._rulebook.record(effects)
        await self._recorder.settled()
        taken = self._still_in(self._segment(segment, created), joined)
        return Taken(taken, present, len(ids) - taken - present)

    def _still_in(self, segment: Segment, joined: list[int]) -> int:
        """How many are members now of those who joined; the others permit it no more by now."""
        members = set(self._rulebook.engine.memory.membership.of(segment.id))
        left = [slot for slot in joined if slot not in members]
        if any(self._rulebook.permits(segment.bit, slot) for slot in left):
            raise LogUnavailableError("somebody who may join could not be recorded")
        return len(joined) - len(left)

    def _join(self, column: str, raw_id: str, segment: Segment) -> list[Effect] | None:
        """Let somebody join; empty if they are a member already, None if they may not."""
        known, anonymous = (raw_id, None) if column == "id" else (None, raw_id)
        ref = self._identities.ref_of(known=known, anonymous=anonymous)
        slot = None if ref is None else self._people.slot_of.get(self._identities.linked_or_own(ref))
        if slot is None or not self._rulebook.permits(segment.bit, slot):
            return None
        return self._rulebook.engine.join(segment, slot, self._clock.now())

    def _segment(self, name: str, created: int | None = None) -> Segment:
        """The segment as it is in force at this moment; with `created`, if it is still the one that was saved first there."""
        held = self._rulebook.held.get((DefinitionKind.SEGMENT, name))
        if held is None or not isinstance(held.compiled, Segment) or held.compiled.when is not None:
            raise NotFoundError
        if created not in (None, held.compiled.created):
            raise NotFoundError
        return held.compiled
