"""Everything the gateway is made of, put together once by `bootstrap` and passed to the routes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from audit import Sequencer
from consent import Policy
from gateway.aggregates.opening import Aggregates
from gateway.authzen import Obligations, PageTokens
from gateway.authzen.permissions import Permissions
from gateway.background.state_keeper import StateKeeper
from gateway.background.training_loop import TrainingLoop
from gateway.banner.prompt_desk import PromptDesk
from gateway.callers.door import Door
from gateway.catalogue.shelf import Shelf
from gateway.clock import Clock
from gateway.consents.desk import ConsentDesk
from gateway.consents.stating_age import StatingAge
from gateway.decision_proofs.proofs import DecisionProofs
from gateway.editorial.desk import EditorialDesk
from gateway.enforcement import Enforcement
from gateway.evidence.entries import EntryWriter
from gateway.evidence.outcomes import OutcomeLedger
from gateway.flags.running import Flags
from gateway.fleet.fleet import Fleet
from gateway.identities import Identities
from gateway.learning.learner import OutcomeLearner
from gateway.memory.people import People
from gateway.ops.opening import Ops
from gateway.own_slates.controls import Controls
from gateway.own_slates.explanations import Explanations
from gateway.promotion.model_desk import ModelDesk
from gateway.readiness.records_probe import RecordsProbe
from gateway.receipts.published_log import PublishedLog
from gateway.receipts.receipts import Receipts
from gateway.reports.desk import ExportDesk
from gateway.rights.desk import RightsDesk
from gateway.routing import Router
from gateway.rules.running import Rules
from gateway.settings.reading import Settings
from gateway.telemetry.journal import Journal
from gateway.telemetry.metrics import Metrics
from gateway.tenants import Tenants
from scoring import Catalogue


class Tracker(Protocol):
    """Takes single events: what the pixel needs of the front."""

    async def track(self, body: bytes, call: str, headers: list[tuple[bytes, bytes]]) -> bytes:
        """Take one event of the type `call`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts that routes and the server need."""

    settings: Settings
    """What was configured."""
    policy: Policy
    """The policy in force."""
    clock: Clock
    """The one clock."""
    journal: Journal
    """The structured log."""
    metrics: Metrics
    """What `/metrics` shows."""
    metrics_token: str | None
    """Who else than this machine may read it."""
    ops: Ops
    """What they were in the last hours, as charts."""
    door: Door
    """Who may come in."""
    identities: Identities
    """From raw ids to people."""
    people: People
    """Who is known, and what holds for them."""
    enforcement: Enforcement
    """What is permitted."""
    ages: StatingAge
    """What is said of people's ages."""
    desk: ConsentDesk
    """Changes of consent."""
    receipts: Receipts
    """What people keep of them."""
    rights: RightsDesk
    """Requests of people."""
    prompts: PromptDesk
    """What people may be asked, and their answers."""
    catalogue: Catalogue
    """What may be shown."""
    explanations: Explanations
    """Why slates were as they were."""
    decision_proofs: DecisionProofs
    """Proofs of slates for those whom they concern."""
    controls: Controls
    """What people want of their slates."""
    editorial: EditorialDesk
    """What editors decide of slates."""
    shelf: Shelf
    """Changes of the catalogue."""
    writer: EntryWriter
    """Makes the entries of the log."""
    sequencer: Sequencer
    """The log, open for writing."""
    published: PublishedLog
    """What of it can be proven to others."""
    records: RecordsProbe
    """Whether the records answer."""
    log_directory: Path
    """Where its public files are."""
    keeper: StateKeeper
    """What writes snapshots."""
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
    events: OutcomeLedger
    """What became of events."""
    decisions: OutcomeLedger
    """What became of questions."""
    permissions: Permissions
    """Whether a service may use somebody's data."""
    tenants: Tenants
    """Rule sets that are data, and what they permit."""
    flags: Flags
    """Flags, experiments and streams."""
    learner: OutcomeLearner | None
    """What was learnt from what was shown; None if no placement learns."""
    fleet: Fleet | None
    """Devices that learn together; None if the policy has no purpose for it."""
    obligations: Obligations | None
    """What goes with a permission, if the settings want it."""
    page_tokens: PageTokens
    """Pages of searches."""
    exports: ExportDesk
    """What of the log is handed out."""
    front: Callable[[], Tracker]
    """The front of the house (made after this)."""

    def readiness(self) -> dict[str, bool]:
        """What must hold before requests are welcome, as far as it is known without asking the records again."""
        return {
            "log": self.sequencer.available,
            "records": self.records.answer,
            "clock": self.clock.trusted,
        }
