"""The fleet in memory: `gateway.fleet.ports.FleetStore` for tests. Nothing survives the process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence

from msgspec.structs import replace

from gateway.fleet.values import Device, PartTaken, PublishedModel, Round
from privacy import SubjectRef


class MemoryFleet:
    """Everything in dictionaries."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._lock = threading.Lock()
        self._devices: dict[bytes, Device] = {}
        self._rounds: dict[int, Round] = {}
        self._parts: dict[tuple[int, bytes], PartTaken] = {}
        self._models: dict[tuple[str, int], PublishedModel] = {}

    def put_device(self, device: Device) -> None:
        """See the port."""
        with self._lock:
            self._devices[device.device] = device

    def end_devices(self, devices: Iterable[bytes], now: int) -> None:
        """See the port."""
        with self._lock:
            for name in devices:
                found = self._devices.get(name)
                if found is not None and found.ended_at is None:
                    self._devices[name] = replace(found, ended_at=now)

    def devices(self) -> Sequence[Device]:
        """See the port."""
        with self._lock:
            return sorted(self._devices.values(), key=lambda each: (each.enrolled_at, each.device))

    def put_round(self, round_: Round, parts: Sequence[PartTaken] = ()) -> None:
        """See the port."""
        with self._lock:
            self._rounds[round_.round_id] = round_
            self._parts |= {(each.round_id, each.device): each for each in parts}

    def rounds(self) -> Sequence[Round]:
        """See the port."""
        with self._lock:
            return [self._rounds[number] for number in sorted(self._rounds)]

    def parts_of(self, subject: SubjectRef) -> Sequence[PartTaken]:
        """See the port."""
        return self._those(lambda each: each.subject == subject)

    def parts_in(self, round_id: int) -> Sequence[PartTaken]:
        """See the port."""
        return self._those(lambda each: each.round_id == round_id)

    def put_models(self, models: Sequence[PublishedModel]) -> None:
        """See the port."""
        with self._lock:
            self._models |= {(each.name, each.version): each for each in models}

    def models(self) -> Sequence[PublishedModel]:
        """See the port."""
        with self._lock:
            return [self._models[key] for key in sorted(self._models)]

    def _those(self, wanted: Callable[[PartTaken], bool]) -> list[PartTaken]:
        with self._lock:
            found = [each for each in self._parts.values() if wanted(each)]
        return sorted(found, key=lambda each: (each.round_id, each.place))
