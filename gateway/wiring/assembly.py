"""From what was opened and recovered to the paths and the background. Names no store."""

from __future__ import annotations

from asyncio import get_running_loop
from collections.abc import Sequence
from os import urandom
from random import Random

from gateway.acting_events import ActingEvents
from gateway.aggregates.opening import open_aggregates
from gateway.authzen.permissions import Permissions
from gateway.background.lapses import Lapses
from gateway.background.leftovers import Leftovers
from gateway.background.retention import open_retention
from gateway.background.state_keeper import StateKeeper
from gateway.banner.prompt_desk import PromptDesk
from gateway.catalogue.shelf import Shelf
from gateway.composing.opening import SlateMaking, open_composing, open_editorial
from gateway.consents.desk import ConsentDesk
from gateway.consents.linking import Linking
from gateway.consents.opening import open_consent_desk
from gateway.deciding.answers import AnswerWriter
from gateway.deciding.asked import QuestionReader
from gateway.deciding.decision_ids import load_decision_ids
from gateway.decision_path import DecisionPath
from gateway.event_path import EventPath
from gateway.evidence.answer_sealing import AnswerSealing
from gateway.evidence.entries import EntryWriter
from gateway.evidence.outcomes import OutcomeLedger
from gateway.learning.explorer import Explorer
from gateway.log_feed import open_log_feed
from gateway.own_slates.opening import open_disputing
from gateway.parts import HISTORY_PURPOSE, Memory, Opened, personal_entries
from gateway.preferences.updates import PreferenceUpdates
from gateway.receipts.receipts import Receipts
from gateway.receipts.signer import ReceiptSigner
from gateway.rights.opening import open_rights
from gateway.routing import (
    DeliveryParts,
    Destination,
    JournalReports,
    LoopTimer,
    Router,
    SinkMaker,
    destinations_of,
)
from gateway.rules.held_offers import HeldOffers
from gateway.signing_keys.renewal import RECEIPT_KEY_FILE
from gateway.signing_keys.retired import read_retired
from gateway.wire.claims import Claims
from gateway.wiring.fleet_assembly import open_fleet
from gateway.wiring.front_assembly import Paths, Running, open_front
from gateway.wiring.rule_assembly import open_rules
from gateway.wiring.training_assembly import open_model_desk, open_training
from privacy import load_key_file


async def assemble(opened: Opened, memory: Memory) -> Running:
    """Put the gateway together. What was committed and never sequenced is sequenced before this returns."""
    settings = opened.settings
    writer = EntryWriter(memory.policy, settings.log.time_granularity_seconds)
    keeper = _keeper(opened, memory)
    disputing = open_disputing(opened, memory)
    desk = open_consent_desk(opened, memory, writer, disputing)
    await desk.sequence_leftovers()
    destinations = destinations_of(settings.destinations, memory.policy)
    rights = await open_rights(opened, memory, writer, desk, destinations, disputing)
    router = _router(opened, memory, destinations)
    events, decisions = OutcomeLedger(), OutcomeLedger()
    making = await open_composing(settings, memory)
    decision_path = _decision_path(opened, memory, writer, decisions, making)
    models = open_model_desk(opened, memory, writer, decision_path)
    training = open_training(opened, memory, models, decision_path)
    rules = open_rules(opened, memory, writer, router.notify)
    decision_path.attach_offers = HeldOffers(memory.rulebook, rules.recorder, memory.enforcement).attach
    aggregates = open_aggregates(opened, memory, writer)
    fleet = await open_fleet(opened, memory, writer, aggregates, making.composing)
    paths = Paths(
        writer=writer,
        events=_event_path(opened, memory, writer, events, desk, router),
        decisions=decision_path,
        event_outcomes=events,
        decision_outcomes=decisions,
        permissions=_permissions(opened, memory, writer),
        desk=desk,
        rights=rights,
        disputing=disputing,
        receipts=_receipts(opened, memory),
        prompts=_prompt_desk(opened, memory, desk),
        editorial=open_editorial(opened, memory, writer, making),
        shelf=_shelf(opened, memory, writer, making),
        keeper=keeper,
        cosigning=opened.witnesses.cosigning(opened.published, settings, opened.journal),
        leftovers=Leftovers(desk, opened.sequencer, opened.journal),
        lapses=Lapses(desk, memory.people, memory.clock),
        retention=open_retention(opened, memory, destinations),
        training=training,
        models=models,
        router=router,
        rules=rules,
        aggregates=aggregates,
        fleet=fleet,
    )
    return open_front(opened, memory, paths)


def _keeper(opened: Opened, memory: Memory) -> StateKeeper:
    keeper = StateKeeper(
        state=memory.remembered(),
        file=opened.snapshot,
        sequencer=opened.sequencer,
        owners=memory.owners,
        journal=opened.journal,
    )
    memory.consumers.when_forgotten(keeper.outdated)
    memory.disputed.on_dropped.append(keeper.outdated)
    return keeper


def _shelf(opened: Opened, memory: Memory, writer: EntryWriter, making: SlateMaking) -> Shelf:
    return Shelf(
        catalogue=memory.catalogue,
        store=opened.stores.items,
        writer=writer,
        sequencer=opened.sequencer,
        clock=memory.clock,
        worker=opened.worker,
        on_changed=making.upkeep.refresh,
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
        log=opened.published,
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


def _decision_path(
    opened: Opened, memory: Memory, writer: EntryWriter, decisions: OutcomeLedger, making: SlateMaking
) -> DecisionPath:
    settings = opened.settings
    ids = load_decision_ids(settings.keys_dir)
    placements = {
        name: (placement, memory.policy.bits[placement.purpose], placement.purpose == HISTORY_PURPOSE)
        for name, placement in making.placements.items()
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
        popular=making.popular,
        composing=making.composing,
        writer=writer,
        answers=AnswerWriter(memory.catalogue, settings.log.origin, ids.name),
        entries=personal_entries(opened, memory),
        outcomes=decisions,
        sealing=_sealing(opened, memory),
        call_soon=get_running_loop().call_soon,
        explorer=None
        if memory.learner is None
        else Explorer(memory.learner, memory.catalogue, memory.enforcement.permitted_bits),
    )


def _sealing(opened: Opened, memory: Memory) -> AnswerSealing:
    return AnswerSealing(memory.people, load_key_file(opened.settings.keys_dir / "operations.key"))


def _permissions(opened: Opened, memory: Memory, writer: EntryWriter) -> Permissions:
    return Permissions(
        people=memory.people,
        identities=memory.identities,
        enforcement=memory.enforcement,
        clock=memory.clock,
        writer=writer,
        entries=personal_entries(opened, memory),
        sealing=_sealing(opened, memory),
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
        entries=personal_entries(opened, memory),
        consumers=memory.consumers,
        outcomes=events,
        on_durable=router.notify,
        acting=ActingEvents(
            memory.identities,
            linking,
            PreferenceUpdates(memory.policy, desk, memory.people, memory.identities),
            opened.pseudonyms,
            memory.recent,
        ),
        call_soon=get_running_loop().call_soon,
    )


def _router(opened: Opened, memory: Memory, destinations: Sequence[Destination]) -> Router:
    settings, feed = opened.settings, open_log_feed(opened, memory)
    return Router(
        destinations,
        SinkMaker(settings.log.origin, settings.keys_dir, urandom, memory.clock.wall),
        opened.stores.routing,
        DeliveryParts(feed, LoopTimer(memory.clock.wall), Random().random),  # noqa: S311 - jitter, not secrecy
        JournalReports(opened.journal),
    )
