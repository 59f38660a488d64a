"""The past of a data directory, put to a simulation: where everybody stands, and every use that the log holds.

- Whose an entry is, only that person's evidence key tells: each person's tags are followed through the log from its first entry.
  Who was erased is followed no more; their uses are counted as nobody's.
- A use is judged with the consent events that stand before it in the log. Entries carry a rounded time, so it is taken as not
  before the last of those.
- Where the oldest segments of the log went, uses before that are not looked at; consents before that are what people began with.
- An event's entry lists the purposes that it was used for; for which others it might have been used, the log does not tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from audit import Entry, Kind, Outcome, decode_entry
from consent import ConsentEvent, ConsentRecord, Link, PersonRow, Policy, Simulation, record_of
from gateway.evidence.first_numbers import FirstNumbers
from gateway.memory.owners import TagFollower
from gateway.memory.people import NOBODY
from privacy import SubjectRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is left of the past. Read only."""

    people: Callable[[], Iterable[PersonRow]]
    """Everybody who is known."""
    history_of: Callable[[SubjectRef], list[ConsentEvent]]
    """A person's consent events, in order."""
    entries: Callable[[], Iterator[tuple[int, bytes]]]
    """The log's entries with their indices, in order."""
    first_numbers: FirstNumbers
    """With which numbers people's entries go on, where the oldest of the log went."""
    links: Callable[[], Iterable[Link]]
    """Which anonymous people are known ones."""


@dataclass(slots=True)
class LookedBack:
    """What was looked at, beside the counts of the simulation."""

    entries: int = 0
    """Entries of the log."""
    uses: int = 0
    """Uses that were put to the simulation."""
    of_nobody: int = 0
    """Uses of people who are not known, or not any more."""
    first_at: int | None = None
    """When the first entry was written (unix seconds, rounded)."""
    last_at: int | None = None
    """When the last one was written (unix seconds, rounded)."""


_DENIED_BY_THE_RECORDS = frozenset(
    {"no_record", "no_consent", "refused", "expired", "superseded", "restricted", "minor"}
)
_USES = frozenset({Kind.EVENT, Kind.DECISION, Kind.PERMISSION})
_PERMITTED = frozenset(
    {
        Outcome.ACCEPTED,
        Outcome.PERMITTED,
        Outcome.PERSONALISED,
        Outcome.UNPERSONALISED_NO_HISTORY,
        Outcome.UNPERSONALISED_NO_MODEL,
    }
)


class _Person:
    """One person, as they stood at the point of the log that was reached."""

    def __init__(self, history: list[ConsentEvent], first: int) -> None:
        self._events = {event.log_index: event for event in history if event.log_index is not None}
        self.records: dict[str, ConsentRecord] = {}
        self.since = 0
        for index in sorted(index for index in self._events if index < first):
            self.reach(index)

    def reach(self, index: int) -> None:
        """Take up the consent event that this entry is about."""
        event = self._events.pop(index, None)
        if event is not None:
            self.records[event.purpose] = record_of(event, self.records.get(event.purpose))
            self.since = max(self.since, event.recorded_at)


def look_back(past: Past, simulation: Simulation, policy: Policy) -> LookedBack:
    """Put everybody and everything to the simulation.

    Args:
        past: of a data directory.
        simulation: counts.
        policy: in force there; its codes are the log's.

    Raises:
        AuditError, ConsentError: the log or the records cannot be read.
    """
    first, rows, persons = past.first_numbers, [], []
    for row in past.people():
        simulation.stand(row.records)
        rows.append((row.subject, row.subject_id, row.evidence_key))
        persons.append(_Person(past.history_of(row.subject), first.first))
    follower = TagFollower(first.people(rows))
    names = {entry.code: entry.id for entry in policy.entries}
    looked = LookedBack()
    for index, data in past.entries():
        entry = decode_entry(data)
        looked.entries += 1
        looked.first_at = entry.at if looked.first_at is None else looked.first_at
        looked.last_at = entry.at
        slot = follower.owner_of(data)
        if slot == NOBODY:
            looked.of_nobody += entry.kind in _USES
        elif entry.kind is Kind.CONSENT:
            persons[slot].reach(index)
        elif entry.kind in _USES:
            looked.uses += 1
            _put(entry, persons[slot], names, simulation)
    return looked


def _put(entry: Entry, person: _Person, names: dict[str, str], simulation: Simulation) -> None:
    at = max(entry.at, person.since)
    for code in entry.purposes:
        if code in names:
            simulation.use(person.records, names[code], _was_permitted(entry.outcome), at)


def _was_permitted(outcome: Outcome) -> bool | None:
    if outcome in _PERMITTED:
        return True
    return False if outcome.reason in _DENIED_BY_THE_RECORDS else None
