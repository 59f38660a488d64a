"""What a gateway is put together from: its memory, and what was opened for it. Values only; `bootstrap` fills them in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass

from audit import Sequencer
from consent import ConsentLedger, Links, PersonRow, Policy, SubjectKeys
from gateway.catalogue.ports import CatalogueStore
from gateway.clock import Clock
from gateway.editorial.ports import EditorialStore
from gateway.enforcement import Enforcement
from gateway.evidence.entries import EntryWriter
from gateway.evidence.personal_entries import PersonalEntries
from gateway.flags.ports import FlagStore
from gateway.fleet.ports import FleetStore
from gateway.gathering import Gathering
from gateway.identities import Identities
from gateway.lasting.disputing import Disputed
from gateway.lasting.keeping import KeptForRights
from gateway.learning.learner import OutcomeLearner
from gateway.memory.consumers import Consumers
from gateway.memory.owners import EntryOwners
from gateway.memory.people import People
from gateway.memory.recent_ids import RecentIds
from gateway.memory.sealing_keys import SealingKeys
from gateway.promotion.kept_model import KeptModel
from gateway.receipts.notice_shelf import NoticeShelf
from gateway.receipts.published_log import PublishedLog
from gateway.routing import RoutingStore
from gateway.rules.definitions import DefinitionStore
from gateway.rules.rulebook import Rulebook
from gateway.settings.reading import Settings
from gateway.snapshot_file import SnapshotFile
from gateway.snapshots import Remembered
from gateway.taking_up import TakingUp
from gateway.telemetry.journal import Journal
from gateway.witness.opening import Witnesses
from privacy import BudgetLedger, Pseudonymiser, ReleaseRegister
from scoring import Catalogue, Contributions, History

HISTORY_PURPOSE = "recommendations"
"""The purpose whose signals make a person's history."""

TRAINING_PURPOSE = "model-improvement"
"""The purpose whose signals train the shared model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the hot paths ask, all of it in memory."""

    policy: Policy
    """The policy in force."""
    notices: NoticeShelf
    """What people were told, by hash."""
    clock: Clock
    """The one clock."""
    people: People
    """Who is known, and what holds for them."""
    sealing_keys: SealingKeys
    """Ciphers in use."""
    enforcement: Enforcement
    """What is permitted."""
    consumers: Consumers
    """Who receives signals."""
    catalogue: Catalogue
    """What may be shown."""
    history: History
    """The features of people's histories."""
    contributions: Contributions
    """What models are trained on."""
    kept_model: KeptModel
    """The model in use, over a restart."""
    recent: RecentIds
    """The ids that tell duplicates."""
    owners: EntryOwners
    """Whose entry is it."""
    identities: Identities
    """From raw ids to people."""
    disputed: Disputed
    """What people do not want to be used."""
    rulebook: Rulebook
    """Rules and segments in force, and what they remember."""
    learner: OutcomeLearner | None
    """What learns from what was shown, where placements do."""

    def remembered(self) -> Remembered:
        """What of it snapshots keep."""
        return Remembered(
            self.people,
            self.history,
            self.contributions,
            self.recent,
            self.owners,
            self.learner,
            self.rulebook,
            self.kept_model,
            self.enforcement.codes,
            TakingUp(self.policy, self.people, self.enforcement.reading),
        )


@dataclass(frozen=True, slots=True)
class ReleaseStores:
    """What is known of published numbers: one port each."""

    budget: BudgetLedger
    """What they cost people, and what they were."""
    releases: ReleaseRegister
    """Which of them may be published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """What is kept beside consent, keys and rights: one port each, all of the same records."""

    items: CatalogueStore
    """Items at rest."""
    editorial: EditorialStore
    """What editors decided."""
    routing: RoutingStore
    """Cursors and dead letters."""
    flags: FlagStore
    """Flags at rest."""
    fleet: FleetStore
    """Devices, rounds, models."""
    definitions: DefinitionStore
    """Rules and segments at rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What was opened and recovered."""

    settings: Settings
    """What was configured."""
    sequencer: Sequencer
    """The log, open for writing."""
    published: PublishedLog
    """What of it can be proven to others."""
    witnesses: Witnesses
    """Whom it is shown to."""
    ledger: ConsentLedger
    """Who allowed what."""
    signal_keys: SubjectKeys
    """The keys of what they sent; the same records."""
    gathering: Gathering
    """The one way to the records for whoever must not wait on the loop: calls that come together share a commit."""
    rights: KeptForRights
    """Who was erased, and requests of people."""
    links: Links
    """Which anonymous people are known ones."""
    stores: Stores
    """What else is kept."""
    books: ReleaseStores
    """What published numbers cost people."""
    pseudonyms: Pseudonymiser
    """Raw ids to pseudonyms."""
    worker: Executor
    """The thread of the records."""
    snapshot: SnapshotFile
    """The state at rest."""
    journal: Journal
    """The structured log."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """What a command may change while no gateway runs."""

    keys: SubjectKeys
    """The people's wrapped keys."""
    people: Callable[[], Iterable[PersonRow]]
    """Everybody who is known."""
    sequencer: Sequencer
    """The log, locked and started."""
    writer: EntryWriter
    """Makes its entries."""


def personal_entries(opened: Opened, memory: Memory) -> PersonalEntries:
    """The way of entries with people's tags into this log."""
    return PersonalEntries(memory.people, opened.sequencer, memory.owners)
