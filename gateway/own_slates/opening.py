"""From what was opened to explanations and controls."""

from __future__ import annotations

from gateway.deciding.decision_ids import DecisionIds, load_decision_ids
from gateway.evidence.entries import EntryWriter
from gateway.lasting.disputing import Disputing
from gateway.own_slates.controls import Controls
from gateway.own_slates.explanations import Explanations
from gateway.parts import Memory, Opened
from gateway.rights.desk import RightsDesk


def open_explanations(opened: Opened, memory: Memory) -> Explanations:
    """Explanations of the decisions in the log."""
    ids: DecisionIds = load_decision_ids(opened.settings.keys_dir)
    return Explanations(
        policy=memory.policy,
        people=memory.people,
        identities=memory.identities,
        sequencer=opened.sequencer,
        catalogue=memory.catalogue,
        index_of=ids.index,
        origin=opened.settings.log.origin,
    )


def open_disputing(opened: Opened, memory: Memory) -> Disputing:
    """What takes people's wishes in, and keeps them."""
    kept = opened.rights
    return Disputing(memory.disputed, kept.store, memory.people, memory.catalogue, opened.worker, kept.denied)


def open_controls(
    opened: Opened, memory: Memory, writer: EntryWriter, rights: RightsDesk, disputing: Disputing
) -> Controls:
    """What people want of their slates, with `rights` for what is a right and `disputing` for what is not."""
    return Controls(memory.identities, rights, disputing, writer, opened.sequencer, memory.clock)
