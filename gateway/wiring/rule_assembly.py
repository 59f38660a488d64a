"""Everything about rules that a running gateway has, put together once."""

from __future__ import annotations

from asyncio import get_running_loop
from collections.abc import Callable

from gateway.clock import Clock
from gateway.enforcement import Enforcement
from gateway.evidence.entries import EntryWriter
from gateway.flags.checking import PURPOSE as EXPERIMENTS
from gateway.identities import Identities
from gateway.memory.consumers import Consumers
from gateway.memory.people import People
from gateway.parts import TRAINING_PURPOSE, Memory, Opened, personal_entries
from gateway.rules.clockwork import Clockwork
from gateway.rules.cohorts import Intake
from gateway.rules.desk import RuleDesk
from gateway.rules.fair_treatment import FairTreatment
from gateway.rules.holdouts import shares
from gateway.rules.recorder import Recorder
from gateway.rules.rehearsal import Rehearsal
from gateway.rules.roll_call import RollCall
from gateway.rules.rulebook import Rulebook
from gateway.rules.running import Rules
from gateway.settings.reading import Settings
from scoring import NotificationLimits, zone_of


def limits_of(settings: Settings) -> NotificationLimits:
    """The limits of `[notifications]`."""
    said = settings.notifications
    zone = zone_of(said.zone)
    assert zone is not None, "the settings were checked"
    return NotificationLimits(said.max_per_day, said.quiet_from_hour, said.quiet_to_hour, zone)


def make_rulebook(
    settings: Settings,
    enforcement: Enforcement,
    consumers: Consumers,
    clock: Clock,
    people: People,
    identities: Identities,
) -> Rulebook:
    """The rulebook of a gateway that starts: nothing is in force in it yet."""
    return Rulebook(
        policy=enforcement.policy,
        enforcement=enforcement,
        consumers=consumers,
        clock=clock,
        limits=limits_of(settings),
        share_of=shares(people),
        devices_of=_devices(people, identities),
    )


def _devices(people: People, identities: Identities) -> Callable[[int], list[int]]:
    """The slots of a person's devices, while their link holds."""

    def devices_of(slot: int) -> list[int]:
        ref = people.ref_of[slot]
        found = [] if ref is None else identities.devices_of(ref)
        return [people.slot_of[each] for each in found if each in people.slot_of]

    return devices_of


def open_rules(
    opened: Opened, memory: Memory, writer: EntryWriter, on_durable: Callable[[int], None]
) -> Rules:
    """Let rules act from now on: the log has been read back."""
    recorder = Recorder(
        people=memory.people,
        enforcement=memory.enforcement,
        writer=writer,
        sequencer=opened.sequencer,
        entries=personal_entries(opened, memory),
        clock=memory.clock,
        call_soon=get_running_loop().call_soon,
        on_durable=on_durable,
        on_suppressed=memory.rulebook.engine.count_suppressed,
    )
    memory.rulebook.go_live(recorder.record)
    desk = RuleDesk(
        rulebook=memory.rulebook,
        store=opened.stores.definitions,
        sequencer=opened.sequencer,
        writer=writer,
        clock=memory.clock,
        worker=opened.worker,
    )
    rehearsal = Rehearsal(
        sequencer=opened.sequencer,
        owners=memory.owners,
        people=memory.people,
        enforcement=memory.enforcement,
        policy=memory.policy,
        clock=memory.clock,
        limits=limits_of(opened.settings),
        is_disputed=memory.disputed.concerns,
        share_of=shares(memory.people),
    )
    roll_call = RollCall(memory.rulebook, recorder, memory.clock)
    return Rules(
        rulebook=memory.rulebook,
        desk=desk,
        recorder=recorder,
        intake=Intake(memory.rulebook, recorder, memory.identities, memory.people, memory.clock),
        roll_call=roll_call,
        fair_treatment=_fair_treatment(opened, memory, roll_call),
        clockwork=Clockwork(memory.rulebook, memory.clock),
        rehearsal=rehearsal,
    )


def _fair_treatment(opened: Opened, memory: Memory, roll_call: RollCall) -> FairTreatment:
    return FairTreatment(
        rulebook=memory.rulebook,
        roll_call=roll_call,
        policy=memory.policy,
        used={TRAINING_PURPOSE, EXPERIMENTS, *(each.purpose for each in opened.settings.placements)},
        people=memory.people,
        history=memory.history,
        learner=memory.learner,
    )
