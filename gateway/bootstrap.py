"""The composition root: from settings to a running gateway, and back. The only module that names a concrete store.

Order of a start (each step may refuse; nothing is served before the last):

    1. policy, keys and records: everybody's permissions into memory, but nothing of whoever was erased, and nothing that was
       denied, since these records were written;
    2. the last snapshot, for what those people still permit;
    3. the log: recovered, checked against its head, and replayed from the snapshot on;
    4. what was erased and denied since is written into the records again; what was never sequenced is sequenced now;
    5. the background (training, snapshots, destinations) and the socket at which other processes append to the log.

A stop is the same in reverse: destinations, the last snapshot, the last checkpoint.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from functools import partial

from audit import IntakeServer, Sequencer, published_entries
from consent import Policy, resolve
from gateway.assembly import assemble
from gateway.clock import Clock
from gateway.consumers import Consumers
from gateway.enforcement import Enforcement
from gateway.entries import EntryWriter
from gateway.errors import DirectoryError, NeverServedError, RolledBackError
from gateway.front_assembly import Running
from gateway.gathering import Gathering
from gateway.identities import LINKING, Identities
from gateway.journal import Happening, Journal
from gateway.lasting.disputing import Disputed
from gateway.lasting.keeping import keep_for_rights
from gateway.learning.opening import open_learner
from gateway.owners import EntryOwners
from gateway.parts import TRAINING_PURPOSE, Memory, Opened, Stopped
from gateway.people import People
from gateway.policy_file import read_policy
from gateway.receipts.notice_shelf import NoticeShelf
from gateway.recent_ids import RecentIds
from gateway.recovery import last_time, open_log, recover
from gateway.returning.people import put_right, take_up_people
from gateway.settings import Settings
from gateway.signal_sealers import SignalSealers
from gateway.simulation.past import Past
from gateway.snapshots import SnapshotFile
from gateway.stores.catalogue import SqlCatalogue
from gateway.stores.database import DATABASE_FILE, Database
from gateway.stores.flags import SqlFlags
from gateway.stores.records import SqlRecords
from gateway.stores.rights import SqlRights
from gateway.stores.routing import SqlRoutingStore
from privacy import AgingKey, KeyRing, Pseudonymiser, load_key_file, load_key_ring
from scoring import Catalogue, Contributions, History


@asynccontextmanager
async def open_gateway(settings: Settings, *, trust_clock: bool = False) -> AsyncIterator[Running]:
    """Start everything; stop everything in reverse order.

    Args:
        settings: from `load_settings`.
        trust_clock: believe the machine's clock although it stands before the log's last entry.

    Yields:
        The gateway, running.

    Raises:
        RolledBackError: the records are older than the log says they must be.
        GatewayError, AuditError, ConsentError, PrivacyError: a part cannot be opened.
    """
    clock = Clock()
    journal = _open_journal(clock)
    policy = read_policy(settings.directory)
    pseudonyms = Pseudonymiser(load_key_file(settings.keys_dir / "lookup.key"))
    snapshot = SnapshotFile(settings.directory / "snapshot" / "state", settings.keys_dir / "snapshot.key")
    with ExitStack() as stack:
        worker = stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="records"))
        database = stack.enter_context(closing(Database.open(settings.directory)))
        ring = load_key_ring(settings.keys_dir)
        records = SqlRecords(database, ring)
        catalogue_store = SqlCatalogue(database)
        kept = keep_for_rights(settings.keys_dir, policy, records, SqlRights(database))
        memory = _remember(settings, policy, clock, pseudonyms, records, catalogue_store)
        returned = take_up_people(records, memory, kept)
        memory.disputed.load(kept.store)
        sequencer = recover(settings, memory, snapshot, journal)
        try:
            if not trust_clock:
                clock.has_seen(last_time(sequencer))
            _refuse_other_keys(settings, ring)
            _tie_to_log(database, sequencer)
            put_right(returned, records, memory, kept, journal)
            sequencer.start(asyncio.get_running_loop())
            opened = Opened(
                settings=settings,
                sequencer=sequencer,
                ledger=kept.ledger,
                signal_keys=records,
                gathering=Gathering(records, worker),
                rights=kept,
                links=records,
                catalogue_store=catalogue_store,
                routing_store=SqlRoutingStore(database),
                flag_store=SqlFlags(database),
                pseudonyms=pseudonyms,
                worker=worker,
                snapshot=snapshot,
                journal=journal,
            )
            running = await assemble(opened, memory)
            async with _serving(running, IntakeServer(sequencer, settings.directory / "volens.sock")):
                yield running
        finally:
            await sequencer.close()
    journal.write(Happening.STOPPED)


@asynccontextmanager
async def _serving(running: Running, intake: IntakeServer) -> AsyncIterator[None]:
    running.start()
    await intake.start()
    try:
        yield
    finally:
        await intake.close()
        await running.stop()


@asynccontextmanager
async def open_stopped(settings: Settings) -> AsyncIterator[Stopped]:
    """What a command may change while no gateway runs: the records' keys, with the log to say so. Nothing is replayed.

    Raises:
        LockedError: a gateway is running.
        RolledBackError: the records are older than the log says they must be.
        GatewayError, AuditError, ConsentError, PrivacyError: a part cannot be opened.
    """
    policy = read_policy(settings.directory)
    clock = Clock()
    sequencer = open_log(settings, clock)
    try:
        clock.has_seen(last_time(sequencer))
        with closing(Database.open(settings.directory)) as database:
            _tie_to_log(database, sequencer)
            keys = SqlRecords(database, load_key_ring(settings.keys_dir))
            sequencer.start(asyncio.get_running_loop())
            yield Stopped(keys, sequencer, EntryWriter(policy, settings.log.time_granularity_seconds))
    finally:
        await sequencer.close()


def _open_journal(clock: Clock) -> Journal:
    journal = Journal(clock.now)
    journal.take_over_logging()
    clock.when_stepped_back = partial(journal.write, Happening.CLOCK_STEPPED_BACK)
    journal.write(Happening.STARTING)
    return journal


@contextmanager
def open_past(settings: Settings) -> Iterator[Past]:
    """What a command may look back on, beside a gateway or without one. Nothing is changed.

    Raises:
        NeverServedError: there is nothing to look back on.
        GatewayError, ConsentError, PrivacyError: the records cannot be read.
    """
    if not (settings.directory / DATABASE_FILE).exists():
        raise NeverServedError
    with closing(Database.view(settings.directory)) as database:
        records = SqlRecords(database, load_key_ring(settings.keys_dir))
        yield Past(
            people=records.load_people,
            history_of=records.history_of,
            entries=partial(published_entries, settings.directory / "log"),
        )


def _refuse_other_keys(settings: Settings, ring: KeyRing) -> None:
    """The keys were read before the log was locked: refuse those that were rotated in between.

    Raises:
        DirectoryError: what would be wrapped with them could not be opened again.
    """
    if load_key_ring(settings.keys_dir).epochs.keys() != ring.epochs.keys():
        raise DirectoryError("the keys were rotated during the start: start again")


def _tie_to_log(database: Database, sequencer: Sequencer) -> None:
    """Stamp every frame with the records' generation, and refuse records that are older than the last frame.

    Raises:
        RolledBackError: an old copy of the records was restored.
    """
    if sequencer.store_generation > database.generation:
        raise RolledBackError
    sequencer.store_generation = database.generation
    database.on_commit(partial(setattr, sequencer, "store_generation"))


def _remember(
    settings: Settings,
    policy: Policy,
    clock: Clock,
    pseudonyms: Pseudonymiser,
    records: SqlRecords,
    catalogue_store: SqlCatalogue,
) -> Memory:
    """The catalogue, the links, and what judges; nobody is known yet."""
    people, catalogue, consumers = People(), Catalogue(), Consumers()
    catalogue.load(catalogue_store.load_all())
    dedupe = settings.dedupe
    notices = NoticeShelf.open(settings.directory, policy.notices.values())

    def resolve_again(slot: int) -> None:
        ref = people.ref_of[slot]
        if ref is not None:
            ended = people.take_up(slot, resolve(records.records_of(ref), policy, clock.now(), notices))
            consumers.forget(slot, ended)

    sealers = SignalSealers(partial(_load_keys, records, policy), people.subject_id.__getitem__)
    index_of, wanted = catalogue.index_of, consumers.wants
    enforcement = Enforcement(
        policy, people, sealers, clock, index_of=index_of, resolve_again=resolve_again, wanted=wanted
    )
    consumers.check_with(enforcement.still_permitted)
    identities = Identities(
        pseudonyms,
        people,
        policy.bits.get(LINKING),
        lambda slot: enforcement.permitted_bits(slot, clock.now()),
    )
    for link in records.load_links():
        identities.bind(link.anonymous, link.known)
    history, contributions = History(), Contributions()
    disputed = Disputed(people, catalogue, (history, contributions))
    learner = open_learner(settings, policy, TRAINING_PURPOSE, disputed)
    return Memory(
        policy=policy,
        notices=notices,
        clock=clock,
        people=people,
        sealers=sealers,
        enforcement=enforcement,
        consumers=consumers,
        catalogue=catalogue,
        history=history,
        contributions=contributions,
        recent=RecentIds(window_seconds=3600 * dedupe.window_hours, max_ids=dedupe.max_ids),
        owners=EntryOwners(),
        identities=identities,
        disputed=disputed,
        learner=learner,
    )


def _load_keys(records: SqlRecords, policy: Policy, subject_ids: list[int]) -> dict[int, dict[int, AgingKey]]:
    return records.signal_keys(subject_ids, policy.bits)
