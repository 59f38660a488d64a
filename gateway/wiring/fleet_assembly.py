"""Everything about the fleet that a running gateway has, put together once."""

from __future__ import annotations

import os
from pathlib import Path

from federated import Terms
from gateway.aggregates.opening import Aggregates
from gateway.composing.composing import Composing
from gateway.evidence.entries import EntryWriter
from gateway.fleet.bundles import Signer
from gateway.fleet.devices_model import DevicesModel
from gateway.fleet.enrolment_pace import EnrolmentPace
from gateway.fleet.enrolments import Enrolments
from gateway.fleet.fleet import Fleet
from gateway.fleet.participation import Participation
from gateway.fleet.registry import ModelRegistry
from gateway.fleet.rounds import Rounds
from gateway.fleet.spending import PART, RoundSpending
from gateway.fleet.trial import try_out
from gateway.fleet.values import MODEL_NAME
from gateway.parts import TRAINING_PURPOSE, Memory, Opened, personal_entries
from gateway.settings.fleet import FederatedSettings
from privacy import DAY_SECONDS, KeyFileError, Loss, create_key_file, load_key_file

MODEL_KEY_FILE = "models.key"


async def open_fleet(
    opened: Opened, memory: Memory, writer: EntryWriter, aggregates: Aggregates, composing: Composing
) -> Fleet | None:
    """Open the fleet, which spends of the budget of `aggregates`, and which `composing` ranks with.

    None if the policy has no purpose for it.
    """
    bit = memory.policy.bits.get(TRAINING_PURPOSE)
    if bit is None:
        return None
    settings, store, run = opened.settings.federated, opened.stores.fleet, opened.gathering.run
    signer = Signer(_key(opened.settings.keys_dir / MODEL_KEY_FILE))
    enrolments = Enrolments(
        bit=bit,
        people=memory.people,
        enforcement=memory.enforcement,
        entries=personal_entries(opened, memory),
        clock=memory.clock,
        writer=writer,
        sequencer=opened.sequencer,
        store=store,
        run=run,
        person_of=memory.identities.linked_or_own,
    )
    rounds = Rounds(
        enrolments=enrolments,
        clock=memory.clock,
        writer=writer,
        sequencer=opened.sequencer,
        store=store,
        run=run,
        signer=signer,
        origin=opened.settings.log.origin,
        terms=lambda: _terms(memory, registry, rounds),
        spending=_spending(aggregates, settings, memory),
    )
    devices_model = DevicesModel(memory.catalogue, signer.public)
    registry = _registry(opened, memory, writer, signer, rounds, devices_model)
    await enrolments.load()
    await rounds.load()
    await registry.load()
    composing.by_devices = devices_model.at
    memory.consumers.subscribe_to_endings(bit, enrolments.forget)
    pace = EnrolmentPace(settings.enrolments_per_hour)
    told = Participation(enrolments, registry, rounds, store, run, memory.clock.now)
    return Fleet(enrolments, pace, rounds, registry, told)


def _terms(memory: Memory, registry: ModelRegistry, rounds: Rounds) -> Terms:
    return Terms(
        name=MODEL_NAME,
        version=max(registry.next_version, rounds.next_version),
        policy=memory.policy.digest.hex(),
        purpose=TRAINING_PURPOSE,
        parent=registry.parent,
    )


def _spending(aggregates: Aggregates, settings: FederatedSettings, memory: Memory) -> RoundSpending:
    return RoundSpending(
        ledger=aggregates.runs.ledger,
        book=aggregates.runs.book,
        quotas=aggregates.catalogue.budget.quotas_of_always(PART, Loss(settings.budget_micro_rho)),
        now=memory.clock.now,
        draw=os.urandom,
    )


def _registry(
    opened: Opened,
    memory: Memory,
    writer: EntryWriter,
    signer: Signer,
    rounds: Rounds,
    devices_model: DevicesModel,
) -> ModelRegistry:
    return ModelRegistry(
        store=opened.stores.fleet,
        run=opened.gathering.run,
        signer=signer,
        origin=opened.settings.log.origin,
        writer=writer,
        sequencer=opened.sequencer,
        clock=memory.clock,
        lifetime_seconds=opened.settings.federated.model_lifetime_days * DAY_SECONDS,
        try_out=try_out,
        has_lost_somebody=rounds.has_lost_somebody,
        serve=devices_model.serve,
        version_of=rounds.made,
    )


def _key(path: Path) -> bytes:
    """The seed that signs models; a directory made before there were any gets one now."""
    try:
        return load_key_file(path)
    except KeyFileError:
        if path.exists():
            raise
        return create_key_file(path, os.urandom)
