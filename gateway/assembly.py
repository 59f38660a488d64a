"""From what was opened and recovered to the paths and the background. Names no store."""

from __future__ import annotations

from asyncio import get_running_loop
from os import urandom
from random import Random
from time import monotonic, time

from gateway.answers import AnswerWriter
from gateway.asked import QuestionReader
from gateway.banner.prompt_desk import PromptDesk
from gateway.claims import Claims
from gateway.consent_desk import ConsentDesk
from gateway.consent_opening import open_consent_desk
from gateway.decision_ids import DecisionIds
from gateway.decision_path import DecisionPath
from gateway.entries import EntryWriter
from gateway.event_path import EventPath
from gateway.front_assembly import Paths, Running, open_front
from gateway.journal import Happening
from gateway.lapses import Lapses
from gateway.learning.explorer import Explorer
from gateway.learning.opening import DECISION_KEY_BYTES
from gateway.leftovers import Leftovers
from gateway.linking import Linking
from gateway.outcomes import OutcomeLedger
from gateway.parts import TRAINING_PURPOSE, Memory, Opened
from gateway.permissions import Permissions
from gateway.permitted_feed import LogFeed
from gateway.receipts.published_log import PublishedLog
from gateway.receipts.receipts import Receipts
from gateway.receipts.signer import ReceiptSigner
from gateway.retention import open_retention
from gateway.rights.assembling import open_rights
from gateway.routing import LoopTimer, NamedDestinations, Router, SinkMaker, Surroundings, read_destinations
from gateway.settings import Settings
from gateway.shelf import Shelf
from gateway.signing_keys.renewal import RECEIPT_KEY_FILE
from gateway.signing_keys.retired import read_retired
from gateway.state_keeper import StateKeeper
from gateway.training_loop import TrainingLoop
from privacy import load_key_file
from scoring import Placement, Popular, ScheduleBounds, TrainingSchedule, untrained


async def assemble(opened: Opened, memory: Memory) -> Running:
    """Put the gateway together. What was committed and never sequenced is sequenced before this returns."""
    settings = opened.settings
    writer = EntryWriter(memory.policy, settings.log.time_granularity_seconds)
    keeper = StateKeeper(
        state=memory.remembered(),
        file=opened.snapshot,
        sequencer=opened.sequencer,
        owners=memory.owners,
        journal=opened.journal,
    )
    schedule = _schedule(settings, memory)
    memory.consumers.when_forgotten(keeper.outdated)
    memory.disputed.on_dropped.append(keeper.outdated)
    desk = open_consent_desk(opened, memory, writer)
    await desk.sequence_leftovers()
    rights = await open_rights(opened, memory, writer, desk)
    router = _router(opened, memory)
    events, decisions = OutcomeLedger(), OutcomeLedger()
    decision_path = _decision_path(opened, memory, writer, decisions)
    training = _training(opened, memory, schedule, decision_path)
    paths = Paths(
        events=_event_path(opened, memory, writer, events, desk, router),
        decisions=decision_path,
        event_outcomes=events,
        decision_outcomes=decisions,
        permissions=_permissions(opened, memory, writer),
        desk=desk,
        rights=rights,
        receipts=_receipts(opened, memory),
        prompts=_prompt_desk(opened, memory, desk),
        shelf=_shelf(opened, memory, writer),
        keeper=keeper,
        leftovers=Leftovers(desk, opened.sequencer, opened.journal),
        lapses=Lapses(desk, memory.people, memory.clock),
        retention=open_retention(opened, memory, keeper.outdated),
        training=training,
        router=router,
    )
    return open_front(opened, memory, paths)


def _shelf(opened: Opened, memory: Memory, writer: EntryWriter) -> Shelf:
    return Shelf(
        catalogue=memory.catalogue,
        store=opened.catalogue_store,
        writer=writer,
        sequencer=opened.sequencer,
        clock=memory.clock,
        worker=opened.worker,
    )


def _receipts(opened: Opened, memory: Memory) -> Receipts:
    keys_dir = opened.settings.keys_dir
    retired = read_retired(keys_dir).get(RECEIPT_KEY_FILE, ())
    return Receipts(
        ledger=opened.ledger,
        run=opened.gathering.run,
        people=memory.people,
        notices=memory.notices,
        signer=ReceiptSigner(load_key_file(keys_dir / RECEIPT_KEY_FILE), retired),
        log=PublishedLog(opened.sequencer, opened.settings.directory / "log"),
    )


def _prompt_desk(opened: Opened, memory: Memory, desk: ConsentDesk) -> PromptDesk:
    return PromptDesk(
        policy=memory.policy,
        notices=memory.notices,
        ledger=opened.ledger,
        desk=desk,
        clock=memory.clock,
        gathering=opened.gathering,
    )


def _schedule(settings: Settings, memory: Memory) -> TrainingSchedule:
    """When to train: told by the consumers of the training purpose."""
    schedule = TrainingSchedule(
        ScheduleBounds(
            removal_seconds=float(settings.model.removal_bound_seconds),
            gather_seconds=min(5.0, settings.model.removal_bound_seconds / 4),
            interval_seconds=float(settings.model.retrain_interval_seconds),
        )
    )
    bit = memory.policy.bits.get(TRAINING_PURPOSE)
    if bit is not None:
        memory.consumers.subscribe(
            bit, lambda _: schedule.contributed(), lambda _: schedule.removed(monotonic())
        )
    memory.disputed.on_dropped.append(lambda: schedule.removed(monotonic()))
    if len(memory.contributions):
        schedule.contributed()
    return schedule


def _decision_path(
    opened: Opened, memory: Memory, writer: EntryWriter, decisions: OutcomeLedger
) -> DecisionPath:
    settings = opened.settings
    ids = DecisionIds(load_key_file(settings.keys_dir / "decision_ids.key")[:DECISION_KEY_BYTES])
    placements = {
        each.id: (
            Placement(each.id, each.purpose, each.limit, each.max_limit, each.category),
            memory.policy.bits[each.purpose],
        )
        for each in settings.placements
    }
    return DecisionPath(
        reader=QuestionReader(
            identities=memory.identities,
            people=memory.people,
            claims=Claims(memory.policy),
            catalogue=memory.catalogue,
            placements=placements,
            max_slate=settings.limits.max_slate,
        ),
        enforcement=memory.enforcement,
        people=memory.people,
        clock=memory.clock,
        catalogue=memory.catalogue,
        history=memory.history,
        popular=Popular(memory.catalogue, untrained(len(memory.catalogue))),
        writer=writer,
        answers=AnswerWriter(memory.catalogue, settings.log.origin, ids.name),
        sequencer=opened.sequencer,
        outcomes=decisions,
        operations_key=load_key_file(settings.keys_dir / "operations.key"),
        call_soon=get_running_loop().call_soon,
        on_recorded=memory.owners.record,
        explorer=None
        if memory.learner is None
        else Explorer(memory.learner, memory.catalogue, memory.enforcement.permitted_bits),
    )


def _training(
    opened: Opened, memory: Memory, schedule: TrainingSchedule, decisions: DecisionPath
) -> TrainingLoop:
    return TrainingLoop(
        schedule=schedule,
        contributions=memory.contributions,
        catalogue=memory.catalogue,
        adopt=decisions.adopt,
        model=opened.settings.model,
        history=opened.settings.history,
        clock=memory.clock,
        journal=opened.journal,
    )


def _permissions(opened: Opened, memory: Memory, writer: EntryWriter) -> Permissions:
    return Permissions(
        people=memory.people,
        identities=memory.identities,
        enforcement=memory.enforcement,
        clock=memory.clock,
        writer=writer,
        sequencer=opened.sequencer,
        owners=memory.owners,
        operations_key=load_key_file(opened.settings.keys_dir / "operations.key"),
    )


def _event_path(
    opened: Opened,
    memory: Memory,
    writer: EntryWriter,
    events: OutcomeLedger,
    desk: ConsentDesk,
    router: Router,
) -> EventPath:
    linking = Linking(
        desk=desk,
        identities=memory.identities,
        people=memory.people,
        links=opened.links,
        policy=memory.policy,
        worker=opened.worker,
        clock=memory.clock,
    )
    return EventPath(
        identities=memory.identities,
        enforcement=memory.enforcement,
        people=memory.people,
        pseudonyms=opened.pseudonyms,
        claims=Claims(memory.policy),
        recent=memory.recent,
        writer=writer,
        sequencer=opened.sequencer,
        consumers=memory.consumers,
        outcomes=events,
        on_recorded=memory.owners.record,
        on_durable=router.notify,
        linking=linking,
    )


def _router(opened: Opened, memory: Memory) -> Router:
    policy, settings, journal = memory.policy, opened.settings, opened.journal
    named = {
        purpose.id: NamedDestinations(purpose.version, purpose.destinations) for purpose in policy.purposes
    }
    feed = LogFeed(
        sequencer=opened.sequencer,
        owners=memory.owners,
        people=memory.people,
        enforcement=memory.enforcement,
        policy=policy,
        clock=memory.clock,
    )
    return Router(
        read_destinations(settings.destinations, named),
        SinkMaker(settings.log.origin, settings.keys_dir, urandom, time),
        opened.routing_store,
        Surroundings(feed, LoopTimer(time), Random().random),  # noqa: S311 - jitter, not secrecy
        lambda destination, fault: journal.write(
            Happening.DESTINATION_DOWN, destination=destination, error=fault
        ),
    )
