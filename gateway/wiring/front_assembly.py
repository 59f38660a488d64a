"""The front of the house, on top of the assembled paths: callers, limits, routes, metrics."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Protocol

from gateway.aggregates.opening import Aggregates
from gateway.authzen import Obligations, PageTokens
from gateway.authzen.permissions import Permissions
from gateway.background.lapses import Lapses
from gateway.background.leftovers import Leftovers
from gateway.background.preparing import Preparing
from gateway.background.retention import Retention
from gateway.background.state_keeper import StateKeeper
from gateway.background.training_loop import TrainingLoop
from gateway.banner.prompt_desk import PromptDesk
from gateway.callers.cors import Cors
from gateway.callers.door import Door, open_door
from gateway.callers.operators import load_metrics_token
from gateway.catalogue.shelf import Shelf
from gateway.clock import Clock
from gateway.consents.attempts import Attempts
from gateway.consents.desk import ConsentDesk
from gateway.consents.stating_age import open_ages
from gateway.decision_path import DecisionPath
from gateway.decision_proofs.opening import open_decision_proofs
from gateway.edge.application import build_application
from gateway.edge.asgi import HOT_ROUTES, App, Front
from gateway.edge.problem_handlers import ProblemBoundary
from gateway.edge.problems import ProblemWriter
from gateway.edge.short_routes import open_shortcut
from gateway.edge.shortcut import Shortcut
from gateway.editorial.desk import EditorialDesk
from gateway.editorial.editor_keys import load_editor_keys
from gateway.event_path import EventPath
from gateway.evidence.entries import EntryWriter
from gateway.evidence.outcomes import OutcomeLedger
from gateway.fleet.fleet import Fleet
from gateway.lasting.disputing import Disputing
from gateway.learning.opening import watch_learner, watch_nothing_learnt
from gateway.officer.application import beside_others
from gateway.ops.opening import open_ops
from gateway.own_slates.opening import open_controls, open_explanations
from gateway.pages.application import beside
from gateway.parts import Memory, Opened
from gateway.portal.application import PREFIX as PORTAL
from gateway.promotion.model_desk import ModelDesk
from gateway.readiness.records_probe import RecordsProbe
from gateway.receipts.receipts import Receipts
from gateway.reports.desk import ExportDesk
from gateway.rights.desk import RightsDesk
from gateway.routes.services import Services
from gateway.routing import Router
from gateway.rules.running import Rules
from gateway.telemetry.journal import Happening
from gateway.telemetry.metrics import Metrics
from gateway.wiring.console_assembly import open_console
from gateway.wiring.delivery_assembly import Sending, open_sending
from gateway.wiring.flag_assembly import open_flags
from gateway.wiring.metrics_assembly import watch_gateway, watch_witnesses
from gateway.wiring.portal_assembly import open_portal
from gateway.wiring.tenant_assembly import open_tenants
from gateway.witness.cosigning import Cosigning
from privacy import SubjectRef, load_key_file

_NOBODY = SubjectRef(bytes(16))
"""Whom the records are asked for, to see whether they answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Everything behind the front that acts."""

    writer: EntryWriter
    """Makes the entries of the log."""
    events: EventPath
    """The path of an event."""
    decisions: DecisionPath
    """The path of a decision."""
    event_outcomes: OutcomeLedger
    """What became of events."""
    decision_outcomes: OutcomeLedger
    """What became of questions."""
    permissions: Permissions
    """Whether a service may use somebody's data."""
    desk: ConsentDesk
    """Changes of consent."""
    receipts: Receipts
    """What people keep of them."""
    rights: RightsDesk
    """Requests of people."""
    disputing: Disputing
    """What people want of the use of their signals."""
    prompts: PromptDesk
    """What people may be asked, and their answers."""
    editorial: EditorialDesk
    """What editors decide of slates."""
    shelf: Shelf
    """Changes of the catalogue."""
    keeper: StateKeeper
    """What writes snapshots."""
    cosigning: Cosigning | None
    """Witnesses of the log."""
    leftovers: Leftovers
    """What the log could not take yet."""
    lapses: Lapses
    """What runs out."""
    retention: Retention
    """What was kept long enough."""
    training: TrainingLoop
    """The shared model."""
    models: ModelDesk
    """Which model is in use."""
    router: Router
    """What delivers to destinations."""
    rules: Rules
    """Rules and segments."""
    aggregates: Aggregates
    """What publishes numbers."""
    fleet: Fleet | None
    """Devices that learn together."""


@dataclass(frozen=True, slots=True)
class Running:
    """A gateway that is ready to answer."""

    front: Front
    """The ASGI application."""
    services: Services
    """The parts behind it."""
    leftovers: Leftovers
    """What the log could not take yet."""
    lapses: Lapses
    """What runs out."""
    retention: Retention
    """What was kept long enough."""
    shortcut: Shortcut
    """Answers without the ASGI detour."""
    sending: Sending
    """What destinations are sent."""
    attempts: Attempts
    """What was refused."""
    preparing: Preparing
    """Machine code for events."""
    cosigning: Cosigning | None = None
    """Witnesses of the log."""

    def start(self) -> None:
        """Start the background."""
        for each in self._background():
            each.start()

    async def stop(self) -> None:
        """Stop it in reverse order; the log is closed after this by whoever opened it."""
        for each in reversed(self._background()):
            await each.stop()

    def _background(self) -> list[Background]:
        services = self.services
        settled: list[Background] = [
            services.keeper,
            self.leftovers,
            self.lapses,
            self.retention,
            self.attempts,
            services.training,
            self.preparing,
        ]
        following: list[Background] = [
            services.rights,
            services.flags,
            services.rules.clockwork,
            services.ops.sampling,
        ]
        witnessed: list[Background] = [] if self.cosigning is None else [self.cosigning]
        return [*settled, self.sending, *following, services.aggregates, *witnessed]


class Background(Protocol):
    """Something that goes on beside the requests."""

    def start(self) -> None:
        """Begin to go on."""
        ...

    async def stop(self) -> None:
        """End; what it began is done or given up."""
        ...


def open_front(opened: Opened, memory: Memory, paths: Paths) -> Running:
    """Open the front of the house."""
    settings, journal = opened.settings, opened.journal
    faults: Counter[str] = Counter()

    def on_fault(error: str, instance: str) -> None:
        faults["internal"] += 1
        journal.write(Happening.FAULT, error=error, instance=instance)

    fronts: list[Front] = []
    services = _services(opened, memory, paths, fronts)
    watch_gateway(services, memory, faults)
    services.rules.recorder.on_offered = services.flags.streams.offers_changed
    watch_witnesses(services.metrics, paths.cosigning)
    watch_nothing_learnt(services.metrics)
    if memory.learner is not None and paths.decisions.explorer is not None:
        watch_learner(services.metrics, journal, memory.learner, paths.decisions.explorer)
    problems = ProblemWriter(settings.server.problem_base_url)
    admin: App = build_application(services, problems, on_fault)
    if settings.portal.enabled:
        admin = beside(open_portal(opened, memory, services), admin, PORTAL)
    if settings.officer.enabled:
        admin = beside_others(open_console(opened, memory, services, paths.cosigning), admin)
    front = Front(
        admin=ProblemBoundary(admin, problems, on_fault),
        decisions=paths.decisions,
        events=paths.events,
        services=services,
        cors=Cors(settings.cors.allowed_origins, max_age_seconds=settings.cors.max_age_seconds),
        problems=problems,
        on_fault=on_fault,
    )
    fronts.append(front)
    shortcut = open_shortcut(services, paths.decisions)
    sending = open_sending(services, paths.writer)
    started = (paths.leftovers, paths.lapses, paths.retention)
    attempts = Attempts(services.desk.refused, paths.writer, opened.sequencer, memory.clock)
    preparing = Preparing(journal)
    return Running(front, services, *started, shortcut, sending, attempts, preparing, paths.cosigning)


def _services(opened: Opened, memory: Memory, paths: Paths, fronts: list[Front]) -> Services:
    settings, clock = opened.settings, memory.clock
    metrics = Metrics(HOT_ROUTES, [each.id for each in settings.destinations])
    return Services(
        settings=settings,
        policy=memory.policy,
        clock=clock,
        journal=opened.journal,
        metrics=metrics,
        metrics_token=load_metrics_token(settings.metrics),
        ops=open_ops(metrics, memory, opened.journal),
        door=_door(opened, clock),
        identities=memory.identities,
        people=memory.people,
        enforcement=memory.enforcement,
        ages=open_ages(opened, memory, paths.desk),
        desk=paths.desk,
        receipts=paths.receipts,
        rights=paths.rights,
        prompts=paths.prompts,
        catalogue=memory.catalogue,
        explanations=open_explanations(opened, memory),
        decision_proofs=open_decision_proofs(opened, memory),
        controls=open_controls(opened, memory, paths.writer, paths.rights, paths.disputing),
        editorial=paths.editorial,
        shelf=paths.shelf,
        writer=paths.writer,
        sequencer=opened.sequencer,
        published=opened.published,
        records=RecordsProbe(partial(opened.ledger.records_of, _NOBODY), opened.worker, monotonic),
        log_directory=settings.directory / "log",
        exports=ExportDesk(settings.directory, clock, opened.journal),
        keeper=paths.keeper,
        training=paths.training,
        models=paths.models,
        router=paths.router,
        rules=paths.rules,
        aggregates=paths.aggregates,
        events=paths.event_outcomes,
        decisions=paths.decision_outcomes,
        permissions=paths.permissions,
        tenants=open_tenants(opened, memory, paths.writer, paths.permissions.outcomes),
        flags=open_flags(opened, memory, paths.writer, paths.permissions, paths.router.notify),
        learner=memory.learner,
        fleet=paths.fleet,
        obligations=None if settings.authzen.obligations == "off" else Obligations(memory.policy),
        page_tokens=PageTokens(load_key_file(settings.keys_dir / "operations.key")),
        front=lambda: fronts[0],
    )


def _door(opened: Opened, clock: Clock) -> Door:
    editors = load_editor_keys((each.id, each.key_file) for each in opened.settings.editors)
    return open_door(opened.settings, clock, opened.pseudonyms.known, editors)
