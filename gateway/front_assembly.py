"""The front of the house, on top of the assembled paths: callers, limits, routes, metrics."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gateway.application import build_application
from gateway.asgi import HOT_ROUTES, App, Front
from gateway.authzen import Obligations, PageTokens
from gateway.banner.prompt_desk import PromptDesk
from gateway.consent_desk import ConsentDesk
from gateway.cors import Cors
from gateway.credentials import load_credentials
from gateway.decide_shortcut import DecideShortcut
from gateway.decision_path import DecisionPath
from gateway.event_path import EventPath
from gateway.flags.opening import open_flags
from gateway.journal import Happening
from gateway.lapses import Lapses
from gateway.learning.opening import watch_learner
from gateway.leftovers import Leftovers
from gateway.metrics import Admitted, DestinationGauge, Gauge, Metrics, Tally
from gateway.outcomes import OutcomeLedger
from gateway.outside_issuers import OutsideIssuers
from gateway.parts import Memory, Opened
from gateway.permissions import Permissions
from gateway.portal.application import beside
from gateway.portal.opening import open_portal
from gateway.principals import Authenticator
from gateway.problem_handlers import ProblemBoundary
from gateway.problems import ProblemWriter
from gateway.rate_limits import PERSON_BURST_SECONDS, PERSON_CHANGES_PER_SECOND, RateLimits
from gateway.receipts.receipts import Receipts
from gateway.retention import Retention
from gateway.rights.desk import RightsDesk
from gateway.routing import Router
from gateway.services import Services
from gateway.shelf import Shelf
from gateway.state_keeper import StateKeeper
from gateway.stating_age import open_ages
from gateway.tenants import open_tenants
from gateway.token_endpoint import TokenEndpoint
from gateway.tokens import OwnTokens, Tokens
from gateway.training_loop import TrainingLoop
from privacy import load_key_file

_DESTINATION_FIELDS = {
    DestinationGauge.LAG_ENTRIES: "lag_records",
    DestinationGauge.DEAD_LETTERS: "dead_letters",
    DestinationGauge.DELIVERED: "delivered",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Everything behind the front that acts."""

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
    prompts: PromptDesk
    """What people may be asked, and their answers."""
    shelf: Shelf
    """Changes of the catalogue."""
    keeper: StateKeeper
    """Snapshots."""
    leftovers: Leftovers
    """What the log could not take yet."""
    lapses: Lapses
    """What runs out."""
    retention: Retention
    """What was kept long enough."""
    training: TrainingLoop
    """The shared model."""
    router: Router
    """Destinations."""


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
    shortcut: DecideShortcut
    """Decisions without the ASGI detour."""

    def start(self) -> None:
        """Start the background: snapshots, leftovers, lapses, retention, training, destinations."""
        self.services.keeper.start()
        self.leftovers.start()
        self.lapses.start()
        self.retention.start()
        self.services.training.start()
        self.services.router.start(self.services.sequencer.durable_size)
        self.services.rights.start()
        self.services.flags.start()

    async def stop(self) -> None:
        """Stop the background; the log is closed after this by whoever opened it."""
        await self.services.flags.stop()
        await self.services.rights.stop()
        await self.services.router.stop(float(self.services.settings.server.shutdown_seconds))
        await self.services.training.stop()
        await self.retention.stop()
        await self.lapses.stop()
        await self.leftovers.stop()
        await self.services.keeper.stop()


def open_front(opened: Opened, memory: Memory, paths: Paths) -> Running:
    """Open the front of the house."""
    settings, journal = opened.settings, opened.journal
    faults: Counter[str] = Counter()

    def on_fault(error: str, instance: str) -> None:
        faults["internal"] += 1
        journal.write(Happening.FAULT, error=error, instance=instance)

    fronts: list[Front] = []
    services = _services(opened, memory, paths, fronts)
    _watch(services, memory, faults)
    if memory.learner is not None and paths.decisions.explorer is not None:
        watch_learner(services.metrics, journal, memory.learner, paths.decisions.explorer)
    problems = ProblemWriter(settings.server.problem_base_url)
    admin: App = build_application(services, problems, on_fault)
    if settings.portal.enabled:
        admin = beside(
            open_portal(opened, memory, paths.desk, paths.receipts, paths.rights, services.own_tokens), admin
        )
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
    shortcut = DecideShortcut(
        decisions=paths.decisions,
        authenticator=services.authenticator,
        rates=services.rates,
        clock=services.clock,
        route=services.metrics.route("/v1/decide"),
        limits=settings.limits,
    )
    return Running(front, services, paths.leftovers, paths.lapses, paths.retention, shortcut)


def _services(opened: Opened, memory: Memory, paths: Paths, fronts: list[Front]) -> Services:
    settings, clock = opened.settings, memory.clock
    credentials = load_credentials(settings.credentials_file)
    own_tokens = OwnTokens(
        load_key_file(settings.keys_dir / "token.key"),
        issuer=settings.token_issuer,
        client_ids=(credentials.client_id,),
        lifetime_seconds=settings.tokens.lifetime_seconds,
        device_lifetime_seconds=settings.tokens.device_lifetime_seconds,
    )
    tokens = Tokens(own_tokens, OutsideIssuers(settings.issuers, known=opened.pseudonyms.known))
    return Services(
        settings=settings,
        policy=memory.policy,
        clock=clock,
        journal=opened.journal,
        metrics=Metrics(HOT_ROUTES, [each.id for each in settings.destinations]),
        metrics_token=_secret(settings.metrics.token_file),
        authenticator=Authenticator(
            credentials, tokens, max_remembered_tokens=settings.tokens.max_remembered
        ),
        rates=RateLimits(settings.rate_limits.requests_per_second, settings.rate_limits.burst_seconds),
        log_rates=RateLimits(settings.rate_limits.log_bytes_per_second, settings.rate_limits.burst_seconds),
        person_rates=RateLimits(PERSON_CHANGES_PER_SECOND, PERSON_BURST_SECONDS),
        token_endpoint=TokenEndpoint(credentials, own_tokens, clock.now),
        own_tokens=own_tokens,
        identities=memory.identities,
        people=memory.people,
        enforcement=memory.enforcement,
        ages=open_ages(opened, memory, paths.desk),
        desk=paths.desk,
        receipts=paths.receipts,
        rights=paths.rights,
        prompts=paths.prompts,
        catalogue=memory.catalogue,
        shelf=paths.shelf,
        sequencer=opened.sequencer,
        log_directory=settings.directory / "log",
        keeper=paths.keeper,
        training=paths.training,
        router=paths.router,
        events=paths.event_outcomes,
        decisions=paths.decision_outcomes,
        permissions=paths.permissions,
        tenants=open_tenants(opened, memory, paths.permissions.outcomes),
        flags=open_flags(opened, memory, paths.permissions, paths.router.notify),
        obligations=None if settings.authzen.obligations == "off" else Obligations(memory.policy),
        page_tokens=PageTokens(load_key_file(settings.keys_dir / "operations.key")),
        front=lambda: fronts[0],
    )


def _watch(services: Services, memory: Memory, faults: Counter[str]) -> None:
    """Let `/metrics` read the counters that the parts keep anyway."""
    metrics, sequencer = services.metrics, services.sequencer
    metrics.watch_outcomes(Admitted.EVENT, lambda: services.events.counts)
    metrics.watch_outcomes(Admitted.DECISION, lambda: services.decisions.counts)
    metrics.watch_dropped_fields(services.enforcement.dropped.totals)
    metrics.watch_outcomes(Admitted.PERMISSION, lambda: services.permissions.outcomes.counts)
    metrics.watch(Gauge.LOG_SIZE, lambda: sequencer.size)
    metrics.watch(Gauge.LOG_DURABLE, lambda: sequencer.durable_size)
    metrics.watch(Gauge.LOG_PUBLISHED, lambda: sequencer.published_size)
    metrics.watch(Gauge.LOG_USABLE, lambda: sequencer.available)
    metrics.watch(Gauge.READY, lambda: all(services.readiness().values()))
    metrics.watch(Gauge.MODEL_PEOPLE, lambda: services.training.in_use.n_people)
    metrics.watch(Gauge.MODEL_AGE_SECONDS, services.training.age_seconds)
    metrics.watch(Gauge.PEOPLE, lambda: len(memory.people))
    metrics.watch(Gauge.ITEMS, lambda: len(memory.catalogue))
    metrics.watch(Gauge.DEDUPE_IDS, lambda: len(memory.recent))
    metrics.watch(Tally.FAULTS, lambda: faults["internal"])
    metrics.watch(Tally.JOURNAL_FIELDS_DROPPED, lambda: services.journal.dropped)
    for position, status in enumerate(services.router.status()):
        for gauge, field in _DESTINATION_FIELDS.items():
            metrics.watch_destination(
                gauge, status.id, partial(_status_number, services.router, position, field)
            )


def _status_number(router: Router, position: int, field: str) -> float:
    return float(getattr(router.status()[position], field))


def _secret(path: Path | None) -> str | None:
    return None if path is None else path.read_text().strip()
