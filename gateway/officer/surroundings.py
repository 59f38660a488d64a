"""What there is to be looked at: the parts of the gateway that the console reads, and its own memory of cases."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from audit import Sequencer
from gateway.decision_proofs.proofs import DecisionProofs
from gateway.evidence.searching import Searching
from gateway.identities import Identities
from gateway.officer.allowance import Allowance
from gateway.officer.cases import Cases
from gateway.officer.health import Cosigned
from gateway.officer.seen_entries import SeenEntries
from gateway.officer.tallies import Tallies
from gateway.officer.timelines import Timelines
from gateway.receipts.published_log import PublishedLog
from gateway.reports.desk import ExportDesk
from gateway.rights.desk import RightsDesk


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleParts:
    """What the pages show."""

    sequencer: Sequencer
    """The log that looks are written to."""
    log_directory: Path
    """Where its public files are."""
    published: PublishedLog
    """Proves what is in it."""
    origin: str
    """The name of the log."""
    cosigned: Cosigned
    """Who else has seen it."""
    tallies: Tallies
    """What it says in numbers."""
    searching: Searching
    """Finds entries of the log."""
    rights: RightsDesk
    """Requests of people."""
    exports: ExportDesk
    """Makes what is handed out."""
    timelines: Timelines
    """What became of one person."""
    decision_proofs: DecisionProofs
    """Proofs of single decisions, with what was shown."""
    identities: Identities
    """From raw ids to people."""
    seen: SeenEntries
    """Which entries were looked at, for those with the keys."""
    allowance: Allowance
    """How many each officer may still see."""
    cases: Cases
    """What two officers must agree to."""
