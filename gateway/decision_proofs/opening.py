"""From what was opened to proofs of decisions."""

from __future__ import annotations

from gateway.deciding.decision_ids import load_decision_ids
from gateway.decision_proofs.proofs import DecisionProofs
from gateway.parts import Memory, Opened
from privacy import load_key_file


def open_decision_proofs(opened: Opened, memory: Memory) -> DecisionProofs:
    """Proofs of the decisions in the log."""
    keys_dir = opened.settings.keys_dir
    return DecisionProofs(
        people=memory.people,
        identities=memory.identities,
        sequencer=opened.sequencer,
        log=opened.published,
        policy=opened.witnesses.policy,
        operations_key=load_key_file(keys_dir / "operations.key"),
        index_of=load_decision_ids(keys_dir).index,
        item_names=memory.catalogue.ids,
    )
