"""A whole secure sum in one place, with everything that can go wrong as an argument."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import numpy as np
from nacl.signing import SigningKey

from federated import DeviceSum, Refusal, ServerSum, SumPlan


def chance(seed: int) -> Callable[[int], bytes]:
    """Random bytes that are the same in every run."""
    return random.Random(seed).randbytes


@dataclass
class Cohort:
    """Devices and a server, before the first step."""

    n_devices: int
    n_values: int = 20
    neighbours: int | None = None
    minimum: int = 3
    seed: int = 1
    devices: dict[bytes, DeviceSum] = field(init=False)
    values: dict[bytes, np.ndarray] = field(init=False)
    server: ServerSum = field(init=False)
    plan: SumPlan = field(init=False)

    def __post_init__(self) -> None:
        draw = chance(self.seed)
        self.plan = SumPlan(draw(32), self.n_values, self.minimum, self.neighbours)
        self.server = ServerSum(self.plan)
        keys = [SigningKey(draw(32)) for _ in range(self.n_devices)]
        self.devices = {bytes(key.verify_key): DeviceSum(self.plan, key, draw) for key in keys}
        rng = np.random.default_rng(self.seed)
        self.values = {d: rng.integers(0, 2**32, self.n_values).astype(np.uint32) for d in self.devices}

    @property
    def keys(self) -> list[bytes]:
        return list(self.devices)

    def enter(self) -> bytes:
        for key, device in self.devices.items():
            assert self.server.enter(key, device.advertise()) is None
        roster = self.server.close_entries()
        assert isinstance(roster, bytes)
        return roster

    def share(self, without: Collection[bytes] = ()) -> None:
        roster = self.enter()
        for key, device in self.devices.items():
            message = device.share(roster)
            assert isinstance(message, bytes)
            if key not in without:
                assert self.server.take_shares(key, message) is None
        assert self.server.close_shares() is None

    def upload(self, without: Collection[bytes] = (), silent: Collection[bytes] = ()) -> None:
        self.share(silent)
        for key in self.keys:
            if key in without or key in silent:
                continue
            message = self.masked(key)
            assert self.server.take_upload(key, message) is None

    def masked(self, key: bytes) -> bytes:
        inbox = self.server.inbox_of(key)
        assert isinstance(inbox, bytes)
        message = self.devices[key].upload(inbox, self.values[key])
        assert isinstance(message, bytes)
        return message

    def open(self, request: bytes, without: Collection[bytes] = ()) -> np.ndarray | Refusal:
        for key in self.server.stayed:
            if key not in without:
                answer = self.devices[key].answer(request)
                assert isinstance(answer, bytes)
                assert self.server.take_answer(key, answer) is None
        return self.server.total()

    def plain(self, keys: Collection[bytes]) -> np.ndarray:
        return np.sum([self.values[key] for key in keys], axis=0, dtype=np.uint64).astype(np.uint32)
