"""The portal's seam to the fleet: a person's devices, and leave to leave."""

from __future__ import annotations

from federated import Standing
from gateway.fleet.fleet import Fleet
from gateway.portal.neighbours import OwnDevices
from privacy import SubjectRef


class FleetDevices:
    """`gateway.portal.neighbours.PersonDevices`, over the fleet."""

    def __init__(self, fleet: Fleet | None) -> None:
        """Ask `fleet`, if there is one."""
        self._fleet = fleet

    async def devices_of(self, ref: SubjectRef) -> OwnDevices:
        """See the port."""
        if self._fleet is None:
            return OwnDevices(0, 0, ())
        told = await self._fleet.participation.of(ref)
        rounds = {each.round_id for each in told.parts if each.status == Standing.INCLUDED.value}
        carried = [(each.version, each.until, each.state.value) for each in told.carried]
        return OwnDevices(len(told.devices), len(rounds), carried)

    async def let_leave(self, ref: SubjectRef) -> None:
        """See the port."""
        if self._fleet is not None:
            await self._fleet.enrolments.leave(ref)
