"""Snapshots of the in-memory state, so that a restart need not replay the whole log.

Rules:

- A snapshot is sealed under a key of its own that lies in the keys directory and is replaced with every snapshot: writing a
  new one makes every older copy unreadable, in backups too. After a denial the next one follows within 30 seconds.
- The event loop only copies (`copy_state`); a thread lays the copy out, seals and writes it piece by piece.
- A snapshot is an optimisation, never a truth: if it is missing, torn, does not belong to the key, or was made under a policy by
  which a purpose saw something else, it is not used and the log is replayed from the beginning, which leads to the same state.
- Taking it up drops everything of people the ledger no longer knows, and everything of purposes they no longer permit;
  changes of consent after the snapshot are in the log behind it, and are applied in order.
- Whoever was erased and came back under the same pseudonym has another row in the ledger: it is somebody else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Protocol

import msgspec
import numpy as np

from gateway.learning.learner import OutcomeLearner
from gateway.long_packing import LongBytes, join_pieces, pack_piecewise
from gateway.memory.event_codes import translate_events
from gateway.memory.owners import EntryOwners
from gateway.memory.people import People
from gateway.memory.recent_ids import RecentIds
from gateway.taking_up import TakingUp
from privacy import SubjectRef
from scoring import Contributions, ContributionsSnapshot, History, RecentItemsSnapshot

VERSION = b"\x05"
"""Stands before the state; a snapshot of another version is not used, but for the one before."""
_READABLE = (b"\x04", VERSION)
"""Of version 4 nothing was so long that it is in pieces."""

_REF = 16

Table = Callable[[], RecentItemsSnapshot]
"""Lays a table out."""


class _Table(msgspec.Struct, array_like=True):
    people: LongBytes
    items: LongBytes
    times: LongBytes
    width: int


class _State(msgspec.Struct, array_like=True):
    index: int
    refs: LongBytes
    subject_ids: LongBytes
    numbers: LongBytes
    history: _Table
    contributions: list[_Table]
    recent: tuple[int, LongBytes, LongBytes]
    owners_base: int
    owners: LongBytes
    learner: LongBytes = b""
    rules: LongBytes = b""
    model: LongBytes = b""
    events: list[str] = []
    earlier: list[_Table] = []
    """Earlier sightings, of histories and of contributions; a snapshot from before they were kept has none."""
    purposes: list[str] = []
    """By bit, with what each saw; none in a snapshot from before they were kept."""


@dataclass(frozen=True, slots=True)
class StateCopy:
    """The state at one moment, in the order of `_State`; its tables are still to be laid out."""

    index: int
    refs: list[SubjectRef | None]
    subject_ids: bytes
    numbers: bytes
    history: Table
    contributions: tuple[Table, ...]
    recent: tuple[int, bytes, bytes]
    owners_base: int
    owners: bytes
    learner: bytes
    rules: bytes
    model: bytes
    events: list[str]
    earlier: tuple[Table, ...]
    purposes: list[str]


_decode = msgspec.msgpack.Decoder(_State).decode


class KeepsModel(Protocol):
    """The model in use, as far as snapshots are concerned."""

    def pack(self) -> bytes:
        """It; empty if somebody left it."""
        ...

    def restore(self, packed: bytes) -> None:
        """Take it up again; everybody who contributed then still does."""
        ...


class Keeps(Protocol):
    """What rules remember, as far as snapshots are concerned."""

    def pack(self) -> bytes:
        """All of it."""
        ...

    def restore(self, packed: bytes, index: int, slot_now: Callable[[int, int], int]) -> None:
        """Take it up as it was when the log had `index` entries, where `slot_now` (purpose, slot of then) is not below 0."""
        ...


@dataclass(frozen=True, slots=True)
class Remembered:
    """The state that snapshots keep."""

    people: People
    """The running numbers of people."""
    history: History
    """Features of `recommendations`."""
    contributions: Contributions
    """Training data of `model-improvement`."""
    recent: RecentIds
    """The ids that tell duplicates."""
    owners: EntryOwners
    """Whose the entries are that some destination has not seen yet."""
    learner: OutcomeLearner | None = None
    """What was learnt from what was shown, where placements learn."""
    rules: Keeps | None = None
    """What rules remember."""
    model: KeepsModel | None = None
    """What was learnt of the contributions."""
    events: Mapping[str, int] = field(default_factory=dict)
    """The codes of events that stand beside items, by name."""
    taking_up: TakingUp | None = None
    """Judges what may be taken up; None takes up all of it."""


def copy_state(state: Remembered, index: int, pending: Iterable[int]) -> StateCopy:
    """The state as it is now; it contains everything that the entries below `index` led to.

    Args:
        state: the state.
        index: how many entries are durable.
        pending: the owners of the entries that are appended and not durable yet (negative for nobody): their running
            numbers are taken back, because a replay from `index` counts them again.
    """
    people, contributions = state.people, state.contributions.freeze()
    numbers = np.array(people.number, dtype=np.uint32)
    for slot in pending:
        if slot >= 0:
            numbers[slot] -= 1
    return StateCopy(
        index=index,
        refs=people.ref_of.copy(),
        subject_ids=people.subject_id.tobytes(),
        numbers=numbers.tobytes(),
        history=state.history.freeze().export,
        contributions=tuple(table.export for table in contributions.tables),
        recent=state.recent.state(),
        owners_base=state.owners.base,
        owners=state.owners.until(index),
        learner=b"" if state.learner is None else state.learner.pack(),
        rules=b"" if state.rules is None else state.rules.pack(),
        model=b"" if state.model is None else state.model.pack(),
        events=sorted(state.events, key=state.events.__getitem__),
        earlier=(state.history.earlier.freeze().export, contributions.earlier.export),
        purposes=[] if state.taking_up is None else state.taking_up.purposes,
    )


def pack_state(copied: StateCopy) -> Iterator[bytes | memoryview]:
    """A copy of the state as bytes, piece by piece. To be gone through in a thread: of a million people there are 700 MB."""
    refs = b"".join([ref or bytes(_REF) for ref in copied.refs])
    yield VERSION
    rest = (_packable(getattr(copied, each.name)) for each in fields(copied)[2:])
    yield from pack_piecewise((copied.index, refs, *rest))


def restore_state(
    packed: bytes, state: Remembered, *, history_bit: int | None, training_bit: int | None
) -> int:
    """Take a state up, for the people who are known and the purposes they permit.

    Args:
        packed: from `pack_state`.
        state: what to fill; its people are known already, with what they permit.
        history_bit: the purpose that the history belongs to, None if the policy has it no more.
        training_bit: the same for the contributions.

    Returns:
        The index from which the log has to be replayed.
    """
    if packed[:1] not in _READABLE:
        return 0
    kept = _decode(memoryview(packed)[1:])
    people, judge = state.people, state.taking_up
    if judge is not None and not judge.may_be_read(kept.purposes):
        return 0
    slots = _slots_now(kept, people)
    for slot, number in zip(
        slots.tolist(), np.frombuffer(join_pieces(kept.numbers), dtype=np.uint32).tolist(), strict=True
    ):
        if slot >= 0:
            people.number[slot] = number
    taking = _Taking(slots, people, kept.events, state.events)
    bits = history_bit, training_bit
    earlier = [taking.unpack(table, bit) for table, bit in zip(kept.earlier, bits, strict=False)]
    state.history.restore(taking.unpack(kept.history, history_bit))
    tables = tuple(taking.unpack(table, training_bit) for table in kept.contributions)
    state.contributions.restore(ContributionsSnapshot(tables, earlier[1] if earlier else None))
    if earlier:
        state.history.earlier.restore(earlier[0])
    if kept.model and state.model is not None and _is_whole(kept.contributions, tables):
        state.model.restore(join_pieces(kept.model))
    turned_at, before, now = kept.recent
    state.recent.restore(turned_at, join_pieces(before), join_pieces(now))
    owned = np.frombuffer(join_pieces(kept.owners), dtype=np.int32)
    state.owners.restore(kept.owners_base, np.where(owned >= 0, np.append(slots, -1)[owned], -1).tolist())

    def slot_now(bit: int, before: int) -> int:
        now = int(slots[before])
        return now if now >= 0 and people.mask[now] >> bit & 1 else -1

    if kept.learner and state.learner is not None:
        state.learner.restore(join_pieces(kept.learner), slot_now)
    if kept.rules and state.rules is not None:
        state.rules.restore(
            join_pieces(kept.rules), kept.index, judge.of_rules(slot_now) if judge else slot_now
        )
    return kept.index


def _slots_now(kept: _State, people: People) -> np.ndarray:
    """The slot that each kept slot's person has now; -1 for whoever is not known any more."""
    packed = join_pieces(kept.refs)
    refs = (SubjectRef(packed[at : at + _REF]) for at in range(0, len(packed), _REF))
    slots = np.array([people.slot_of.get(ref, -1) for ref in refs], dtype=np.int64)
    if len(slots) and len(people.ref_of):
        same = (
            np.frombuffer(join_pieces(kept.subject_ids), dtype=np.uint32)
            == np.array(people.subject_id)[slots]
        )
        slots[~same] = -1
    return slots


def _packable(value: object) -> object:
    """The same, with the columns of each table in place of it, once its turn comes."""
    if isinstance(value, tuple):
        return tuple(map(_packable, value))
    return (lambda: _columns(value())) if callable(value) else value


def _columns(table: RecentItemsSnapshot) -> tuple[memoryview, memoryview, memoryview, int]:
    return _raw(table.slots), _raw(table.items), _raw(table.times), table.items.shape[1]


def _raw(array: np.ndarray) -> memoryview:
    return array.reshape(-1).view(np.uint8).data


@dataclass(frozen=True, slots=True)
class _Taking:
    """What tables are taken up with."""

    slots: np.ndarray
    people: People
    names: list[str]
    codes: Mapping[str, int]

    def unpack(self, table: _Table, bit: int | None) -> RecentItemsSnapshot:
        """A table with the rows that may still be held, by the slots that people have now."""
        before = np.frombuffer(join_pieces(table.people), dtype=np.int64)
        items = np.frombuffer(join_pieces(table.items), dtype=np.int32).reshape(-1, table.width)
        times = np.frombuffer(join_pieces(table.times), dtype=np.uint32).reshape(-1, table.width)
        now, mask = self.slots[before], self.people.mask
        permitted = np.array(
            [slot >= 0 and bit is not None and bool(mask[slot] >> bit & 1) for slot in now.tolist()],
            dtype=bool,
        )
        order = np.argsort(now[permitted])
        kept = translate_events(items[permitted][order], self.names, self.codes)
        return RecentItemsSnapshot(now[permitted][order], kept, times[permitted][order])


def _is_whole(kept: list[_Table], taken_up: Iterable[RecentItemsSnapshot]) -> bool:
    """Whether everybody who stood in these tables stands in them again."""
    before = [len(join_pieces(table.people)) // np.dtype(np.int64).itemsize for table in kept]
    return before == [len(table.slots) for table in taken_up]
