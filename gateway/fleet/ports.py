"""What the fleet needs of a store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from gateway.fleet.values import Device, PartTaken, PublishedModel, Round
from privacy import SubjectRef


class FleetStore(Protocol):
    """Devices, rounds, what became of whom, and models.

    Contract:
        Concurrency: synchronous calls from any thread; writers wait for one another.
        Durability: when a writing call returns, what it wrote survives a crash and a power loss, all of it or nothing.
        Order: devices by when they were enrolled, rounds and models by number, parts by their place.
        Errors: `consent.StoreUnavailableError` (nothing was changed), `consent.StoreCorruptError`.
        Absence: an unknown device, round or person is simply not there; an erasure of a person takes their devices and parts
            along (`consent.Erasures`), and nothing else of a round.
    """

    def put_device(self, device: Device) -> None:
        """Keep a device as it stands now."""
        ...

    def end_devices(self, devices: Iterable[bytes], now: int) -> None:
        """Note that these devices left; what has ended before stays as it is."""
        ...

    def devices(self) -> Sequence[Device]:
        """Every device, also those that left."""
        ...

    def put_round(self, round_: Round, parts: Sequence[PartTaken] = ()) -> None:
        """Keep a round as it stands now, with what became of the devices in it."""
        ...

    def rounds(self) -> Sequence[Round]:
        """Every round there was."""
        ...

    def parts_of(self, subject: SubjectRef) -> Sequence[PartTaken]:
        """What became of a person's devices."""
        ...

    def parts_in(self, round_id: int) -> Sequence[PartTaken]:
        """What became of devices in a round, as far as their people are not erased."""
        ...

    def put_models(self, models: Sequence[PublishedModel]) -> None:
        """Keep versions as they stand now, together."""
        ...

    def models(self) -> Sequence[PublishedModel]:
        """Every version ever published."""
        ...
