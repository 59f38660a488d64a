"""From disk to memory at a start: the log is opened and checked against its head, and what follows from it is taken in again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from audit import Base, FileHead, LogLimits, Sequencer
from gateway.clock import Clock
from gateway.evidence.first_numbers import FirstNumbers
from gateway.learning.opening import relive_decisions, subscribe_learner
from gateway.memory.owners import time_of
from gateway.parts import HISTORY_PURPOSE, TRAINING_PURPOSE, Memory
from gateway.receipts.published_log import PublishedLog
from gateway.settings.reading import Settings
from gateway.signing_keys.log_keys import load_log_signer, retired_log_keys
from gateway.snapshot_file import SnapshotFile
from gateway.snapshots import restore_state
from gateway.telemetry.journal import Happening, Journal
from gateway.wiring.restoring import Restorer
from gateway.witness.opening import Witnesses, open_witnesses

_EVERYTHING = (1 << 16) - 1
"""The bits of every purpose and condition."""


def recover(settings: Settings, memory: Memory, snapshot: SnapshotFile, journal: Journal) -> Sequencer:
    """The log, and the state that follows from it: what the snapshot holds, then every entry behind it.

    Raises:
        AuditError: the log cannot be opened, or is not the one that was closed.
    """
    bits = memory.policy.bits
    history_bit, training_bit = bits.get(HISTORY_PURPOSE), bits.get(TRAINING_PURPOSE)
    for bit, features in ((history_bit, memory.history), (training_bit, memory.contributions)):
        if bit is not None:
            take_in = partial(memory.disputed.take_in, features)
            memory.consumers.subscribe(bit, take_in, features.clear)
            memory.consumers.keep_no_longer(bit, features.age)
    relive = None
    if memory.learner is not None:
        subscribe_learner(memory.learner, memory.consumers, memory.enforcement)
        relive = relive_decisions(memory.learner, memory.people)
    state = memory.remembered()
    replay_from = 0
    packed = snapshot.read()
    if packed is not None:
        replay_from = restore_state(packed, state, history_bit=history_bit, training_bit=training_bit)
        memory.disputed.drop_all()
        journal.write(Happening.SNAPSHOT_READ, size=replay_from)
    restorer = Restorer(
        policy=memory.policy,
        enforcement=memory.enforcement,
        consumers=memory.consumers,
        recent=memory.recent,
        owners=memory.owners,
        people=memory.people,
        relive=relive,
        rules=memory.rulebook,
    )
    begin = partial(_begin_behind, memory)
    sequencer = open_log(settings, memory.clock, restorer.take, replay_from, begin)
    restorer.finish()
    if sequencer.base is not None:
        memory.owners.forget_below(sequencer.base.head.first)
    journal.write(Happening.RECOVERED, size=sequencer.size, count=restorer.records)
    return sequencer


def _begin_behind(memory: Memory, base: Base) -> None:
    """What is read back begins where the segments begin that did not go: with the numbers that people's entries had there.

    A snapshot that is older is worth nothing: who withdrew since then, the log does not say any more.
    """
    numbers, people = FirstNumbers(base), memory.people
    for slot in people.slots():
        people.number[slot] = numbers.of(people.evidence_key(slot))
        memory.consumers.forget(slot, _EVERYTHING)
    memory.owners.restore(numbers.first, ())


def open_log(
    settings: Settings,
    clock: Clock,
    on_record: Callable[[int, bytes, bytes], None] | None = None,
    replay_from: int = 0,
    on_base: Callable[[Base], None] | None = None,
    head: Path | None = None,
) -> Sequencer:
    """The log of a data directory, under its lock; `on_record` sees every entry from `replay_from` on.

    If some of those went, `on_base` sees before what stays of them. The head is of the keys directory unless `head` is given.

    Raises:
        AuditError: it cannot be opened, or is not the one that was closed.
    """
    return Sequencer.open(
        settings.directory / "log",
        load_log_signer(settings.keys_dir, settings.log.origin),
        head=FileHead(head or settings.keys_dir / "head"),
        limits=LogLimits(
            segment_bytes=settings.log.segment_bytes,
            publish_interval_seconds=settings.log.publish_interval_seconds,
        ),
        clock=clock.now,
        on_record=on_record,
        on_base=on_base,
        replay_from=replay_from,
    )


async def open_published(settings: Settings, sequencer: Sequencer) -> tuple[PublishedLog, Witnesses]:
    """What of the log can be proven to others, and the witnesses it is shown to, who are asked first what they have seen of it.

    Raises:
        RollbackError: one of them has seen a longer log, or another.
        DirectoryError, TrustPolicyError: the policy of the witnesses cannot be used.
    """
    directory = settings.directory / "log"
    signer = load_log_signer(settings.keys_dir, settings.log.origin)
    keys = list(signer.verifiers)
    witnesses = open_witnesses(settings, keys)
    retired = retired_log_keys(settings.keys_dir, settings.log.origin)
    log = PublishedLog(sequencer, directory, keys=keys, retired=retired, witnessed=witnesses.kept.note)
    await witnesses.refuse_younger(log, sequencer.root)
    return log, witnesses


async def check_copy(settings: Settings, head: Path) -> int:
    """Open the log of a copy as a start does, and ask the witnesses; how many entries it has. Nothing is signed.

    Args:
        settings: of the copy where it lies, with the keys directory it is to be used with.
        head: of the copy, a file.

    Raises:
        AuditError: its keys or its head are others, it is damaged, or a witness has seen a longer log, or another.
        DirectoryError: the policy of the witnesses cannot be used.
    """
    sequencer = open_log(settings, Clock(), head=head)
    try:
        _, witnesses = await open_published(settings, sequencer)
        await witnesses.close()
        return sequencer.durable_size
    finally:
        await sequencer.close()


def last_time(sequencer: Sequencer) -> int:
    """When the last entry was written (unix seconds, rounded down); 0 of an empty log."""
    return max((time_of(entry) for _, entry, _ in sequencer.read(sequencer.durable_size - 1, 1)), default=0)
