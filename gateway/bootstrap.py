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

from audit import IntakeServer, Sequencer, past_base, past_entries
from consent import ConsentLedger, Policy
from gateway.aggregates.entries import bookings_in
from gateway.clock import Clock
from gateway.directory.policy_file import keep_in_force, read_next_policy, read_policy
from gateway.directory.writable import require_private, require_writable
from gateway.errors import DirectoryError, NeverServedError, RolledBackError
from gateway.evidence.entries import EntryWriter
from gateway.evidence.first_numbers import FirstNumbers
from gateway.fleet.verifying import FleetPast
from gateway.fleet.verifying_people import who_permits
from gateway.gathering import Gathering
from gateway.lasting.keeping import keep_for_rights
from gateway.parts import TRAINING_PURPOSE, Opened, ReleaseStores, Stopped, Stores
from gateway.returning.people import put_right, take_up_people
from gateway.settings.reading import Settings
from gateway.simulation.past import Past
from gateway.snapshot_file import SnapshotFile
from gateway.stores.budget import SqlBudget
from gateway.stores.budget_database import BudgetDatabase
from gateway.stores.catalogue import SqlCatalogue
from gateway.stores.database import DATABASE_FILE, Database
from gateway.stores.definitions import SqlDefinitions
from gateway.stores.editorial import SqlEditorial
from gateway.stores.flags import SqlFlags
from gateway.stores.fleet import SqlFleet
from gateway.stores.records import SqlRecords
from gateway.stores.release_register import SqlReleaseRegister
from gateway.stores.rights import SqlRights
from gateway.stores.routing import SqlRoutingStore
from gateway.stores.whole_file import insist_on_whole_file
from gateway.telemetry.journal import Happening, Journal
from gateway.wiring.assembly import assemble
from gateway.wiring.front_assembly import Running
from gateway.wiring.memory_assembly import Stored, remember
from gateway.wiring.recovery import last_time, open_log, open_published, recover
from privacy import KeyRing, Pseudonymiser, load_key_file, load_key_ring
from scoring import Catalogue


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
    require_writable(settings.directory, settings.keys_dir)
    require_private(settings.directory, settings.keys_dir)
    clock = Clock()
    journal = _open_journal(clock)
    policy, policy_text = read_next_policy(settings.directory)
    pseudonyms = Pseudonymiser(load_key_file(settings.keys_dir / "lookup.key"))
    snapshot = SnapshotFile(settings.directory / "snapshot" / "state", settings.keys_dir / "snapshot.key")
    with ExitStack() as stack:
        worker = stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="records"))
        database = stack.enter_context(closing(Database.open(settings.directory)))
        ring = load_key_ring(settings.keys_dir)
        records = SqlRecords(database, ring)
        kept = keep_for_rights(settings.keys_dir, policy, records, SqlRights(database))
        stores = _stores(database)
        stored = Stored(records, records, records, stores.items)
        memory = remember(settings, policy, clock, pseudonyms, stored)
        memory.rulebook.open(*stores.definitions.load())
        returned = take_up_people(records, memory, kept)
        memory.disputed.load(kept.store)
        sequencer = recover(settings, memory, snapshot, journal)
        try:
            _refuse_other_keys(settings, ring)
            _tie_to_log(database, sequencer, None if trust_clock else clock)
            _bring_into_force(settings, policy, policy_text, journal)
            put_right(returned, records, memory, kept, journal)
            published, witnesses = await open_published(settings, sequencer)
            sequencer.start(asyncio.get_running_loop())
            opened = Opened(
                settings=settings,
                sequencer=sequencer,
                published=published,
                witnesses=witnesses,
                ledger=kept.ledger,
                signal_keys=records,
                gathering=Gathering(records, worker),
                rights=kept,
                links=records,
                stores=stores,
                books=_open_books(settings, stack),
                pseudonyms=pseudonyms,
                worker=worker,
                snapshot=snapshot,
                journal=journal,
            )
            async with _serving(await assemble(opened, memory), opened) as running:
                yield running
        finally:
            await sequencer.close()
    journal.write(Happening.STOPPED)


@asynccontextmanager
async def _serving(running: Running, opened: Opened) -> AsyncIterator[Running]:
    intake = IntakeServer(opened.sequencer, opened.settings.intake_socket)
    running.start()
    try:
        await intake.start()
        yield running
    finally:
        await intake.close()
        await running.stop()


@asynccontextmanager
async def open_stopped(settings: Settings) -> AsyncIterator[Stopped]:
    """What a command may change while no gateway runs: the records' keys, with the log to say so. Nothing is replayed.

    The witnesses are asked first, as at a start: nothing is signed on top of an older copy.

    Raises:
        LockedError: a gateway is running.
        RollbackError: a witness has seen a longer log, or another.
        RolledBackError: the records are older than the log says they must be.
        GatewayError, AuditError, ConsentError, PrivacyError: a part cannot be opened.
    """
    policy = read_policy(settings.directory)
    clock = Clock()
    sequencer = open_log(settings, clock)
    try:
        _, witnesses = await open_published(settings, sequencer)
        await witnesses.close()
        with closing(Database.open(settings.directory)) as database:
            _tie_to_log(database, sequencer, clock)
            records = SqlRecords(database, load_key_ring(settings.keys_dir))
            sequencer.start(asyncio.get_running_loop())
            yield Stopped(
                records,
                records.load_people,
                sequencer,
                EntryWriter(policy, settings.log.time_granularity_seconds),
            )
    finally:
        await sequencer.close()


def _stores(database: Database) -> Stores:
    return Stores(
        items=SqlCatalogue(database),
        editorial=SqlEditorial(database),
        routing=SqlRoutingStore(database),
        flags=SqlFlags(database),
        fleet=SqlFleet(database),
        definitions=SqlDefinitions(database),
    )


def _open_books(settings: Settings, stack: ExitStack) -> ReleaseStores:
    opened = BudgetDatabase.open(settings.directory, settings.budget.database_url_file)
    database = stack.enter_context(closing(opened))
    database.belong_to(load_key_file(settings.keys_dir / "lookup.key"))
    return ReleaseStores(SqlBudget(database), SqlReleaseRegister(database))


def _open_journal(clock: Clock) -> Journal:
    journal = Journal(clock.now)
    journal.take_over_logging()
    clock.when_stepped_back = partial(journal.write, Happening.CLOCK_STEPPED_BACK)
    journal.write(Happening.STARTING)
    return journal


def _bring_into_force(settings: Settings, policy: Policy, text: bytes, journal: Journal) -> None:
    keep_in_force(settings.directory, text)
    journal.write(Happening.POLICY_LOADED, digest=policy.digest.hex(), count=len(policy.purposes))


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
            entries=partial(past_entries, settings.directory / "log"),
            first_numbers=FirstNumbers(past_base(settings.directory / "log")),
            links=records.load_links,
        )


@contextmanager
def view_ledger(settings: Settings) -> Iterator[ConsentLedger]:
    """The records of a data directory, every page of them read, beside a gateway or without one. Nothing is changed.

    Raises:
        StoreCorruptError: they are damaged.
        GatewayError, ConsentError, PrivacyError: the records cannot be read.
    """
    with closing(Database.view(settings.directory)) as database:
        insist_on_whole_file(database)
        yield SqlRecords(database, load_key_ring(settings.keys_dir))


@contextmanager
def view_fleet(settings: Settings, public: bytes) -> Iterator[FleetPast]:
    """What is kept of rounds, to verify beside a gateway or without one. Nothing is changed.

    Args:
        settings: of the data directory.
        public: by which its models are signed, 32 bytes.

    Raises:
        GatewayError, ConsentError, PrivacyError: the records cannot be read.
    """
    with closing(Database.view(settings.directory)) as database:
        fleet, records = SqlFleet(database), SqlRecords(database, load_key_ring(settings.keys_dir))
        yield FleetPast(
            devices=fleet.devices(),
            rounds=fleet.rounds(),
            parts_in=fleet.parts_in,
            models=fleet.models(),
            permits=who_permits(read_policy(settings.directory), TRAINING_PURPOSE, records.history_of),
            entries=past_entries(settings.directory / "log"),
            bookings_in=bookings_in,
            public=public,
        )


def view_catalogue(settings: Settings) -> Catalogue:
    """The items, as they are kept, beside a gateway or without one. Nothing is changed.

    Raises:
        GatewayError, ConsentError: the records cannot be read, or nothing was ever served from here.
    """
    found = Catalogue()
    with closing(Database.view(settings.directory)) as database:
        found.load(SqlCatalogue(database).load_all())
    return found


def _refuse_other_keys(settings: Settings, ring: KeyRing) -> None:
    """The keys were read before the log was locked: refuse those that were rotated in between.

    Raises:
        DirectoryError: what would be wrapped with them could not be opened again.
    """
    if load_key_ring(settings.keys_dir).epochs.keys() != ring.epochs.keys():
        raise DirectoryError("the keys were rotated during the start: start again")


def _tie_to_log(database: Database, sequencer: Sequencer, clock: Clock | None) -> None:
    """Stamp every frame with the records' generation, and refuse records that are older than the last frame.

    A clock may not stand before the log's last entry.

    Raises:
        RolledBackError: an old copy of the records was restored.
    """
    if clock is not None:
        clock.has_seen(last_time(sequencer))
    if sequencer.store_generation > database.generation:
        raise RolledBackError
    sequencer.store_generation = database.generation
    database.on_commit(partial(setattr, sequencer, "store_generation"))
