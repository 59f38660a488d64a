"""Tenants, put together: the rule sets of a data directory and the decisions made by them."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.evidence.entries import EntryWriter
from gateway.evidence.outcomes import OutcomeLedger
from gateway.parts import Memory, Opened
from gateway.tenants.files import TenantFiles
from gateway.tenants.rulings import Rulings
from gateway.tenants.shelf import TenantShelf
from privacy import load_key_file


@dataclass(frozen=True, slots=True)
class Tenants:
    """What the routes of tenants need."""

    shelf: TenantShelf
    """The rule sets in force."""
    rulings: Rulings
    """What they permit."""


def open_tenants(opened: Opened, memory: Memory, writer: EntryWriter, outcomes: OutcomeLedger) -> Tenants:
    """Read every rule set of the data directory.

    Args:
        opened: the log, the journal and the settings.
        memory: the clock.
        writer: makes the entries of answers.
        outcomes: where the answers are counted.

    Raises:
        DirectoryError, RuleSetError: one of them cannot be used.
    """
    settings = opened.settings
    rulings = Rulings(
        clock=memory.clock,
        writer=writer,
        sequencer=opened.sequencer,
        outcomes=outcomes,
        operations_key=load_key_file(settings.keys_dir / "operations.key"),
    )
    shelf = TenantShelf(TenantFiles(settings.directory), opened.journal, rulings.adopted)
    shelf.load_all()
    return Tenants(shelf, rulings)
