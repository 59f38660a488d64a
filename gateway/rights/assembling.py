"""The desk of rights, from what was opened and recovered."""

from __future__ import annotations

from gateway.consent_desk import ConsentDesk
from gateway.entries import EntryWriter
from gateway.gathering import Gathering
from gateway.lasting.disputing import Disputing
from gateway.parts import Memory, Opened
from gateway.rights.carrying_out import CarryingOut
from gateway.rights.desk import RightsDesk
from gateway.rights.entries import RightsEntries


async def open_rights(opened: Opened, memory: Memory, writer: EntryWriter, desk: ConsentDesk) -> RightsDesk:
    """Put the desk together, and carry on with what a crash left; `desk` changes consent for it."""
    kept = opened.rights
    gathering = Gathering(opened.call_groups, opened.worker)
    carrying_out = CarryingOut(
        policy=memory.policy,
        desk=desk,
        ledger=opened.ledger,
        gathering=gathering,
        identities=memory.identities,
        disputing=Disputing(memory.disputed, kept.store, memory.people, memory.catalogue, opened.worker),
        clock=memory.clock,
        on_erased=[],
    )
    rights = RightsDesk(
        key=kept.key,
        store=kept.store,
        gathering=gathering,
        entries=RightsEntries(writer, opened.sequencer, memory.clock),
        carrying_out=carrying_out,
        notices_of=lambda _request_id, _people: [],
    )
    await rights.resume()
    return rights
