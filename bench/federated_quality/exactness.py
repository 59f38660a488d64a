"""All recorded people as devices of real secure sums: the sum, and the model made of it, are those of one place that had it all."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from nacl.signing import SigningKey
from numpy.typing import NDArray

from bench.federated_quality.learning import Setting, learn, sum_of
from bench.federated_quality.recorded import Asked, Numbers
from federated import DeviceSum, ServerSum, SumPlan, as_signed, n_pairs, update_of_numbers, write_artefact

COHORT = 60
NEIGHBOURS = 8


@dataclass(frozen=True)
class Exactness:
    """What came of it."""

    devices: int
    cohorts: int
    same_sum: bool
    same_model: bool
    seconds: float
    bytes_up: int
    """Of one device, over all messages."""
    bytes_counted: int
    """What the vector alone comes to: 4 bytes for each value."""


def exactness(asked: Asked, setting: Setting) -> Exactness:
    """Sum by secure sums of cohorts, and directly; compare bit for bit."""
    began, up = time.monotonic(), 0
    total = np.zeros(n_pairs(asked.n_items), np.int64)
    cohorts = [asked.trained[at : at + COHORT] for at in range(0, len(asked.trained), COHORT)]
    for number, people in enumerate(cohorts):
        found, up = _sum_of_cohort(people, asked.n_items, setting, number)
        total += found
    seconds = time.monotonic() - began
    central = sum_of(asked.trained, asked.n_items, setting.clip)
    models = [
        write_artefact(learn(found, asked, setting, np.inf, rng=np.random.default_rng(1)))
        for found in (total, central)
    ]
    same = bool((total == central).all())
    counted = 4 * n_pairs(asked.n_items)
    return Exactness(len(asked.trained), len(cohorts), same, models[0] == models[1], seconds, up, counted)


def _sum_of_cohort(
    people: Sequence[Numbers], n_items: int, setting: Setting, number: int
) -> tuple[NDArray[np.int64], int]:
    """One cohort's sum, and how many bytes its first device sent."""
    draw = random.Random(number).randbytes
    plan = SumPlan(draw(32), n_pairs(n_items), 3, NEIGHBOURS)
    server, devices = ServerSum(plan), {}
    for _ in people:
        identity = SigningKey(draw(32))
        devices[bytes(identity.verify_key)] = DeviceSum(plan, identity, draw)
    sent = 0
    for key, device in devices.items():
        message = device.advertise()
        sent += len(message)
        server.enter(key, message)
    roster = _bytes(server.close_entries())
    for key, device in devices.items():
        message = _bytes(device.share(roster))
        sent += len(message)
        server.take_shares(key, message)
    server.close_shares()
    for (key, device), history in zip(devices.items(), people, strict=True):
        known = np.sort(history[-setting.clip.max_items :])
        update = update_of_numbers(known, n_items, setting.clip)
        message = _bytes(device.upload(_bytes(server.inbox_of(key)), update))
        sent += len(message)
        server.take_upload(key, message)
    request = _bytes(server.close_uploads())
    for key, device in devices.items():
        message = _bytes(device.answer(request))
        sent += len(message)
        server.take_answer(key, message)
    opened = server.total()
    if isinstance(opened, str):
        raise SystemExit(f"the secure sum was refused: {opened}")
    return as_signed(opened), sent // len(people)


def _bytes(message: bytes | str) -> bytes:
    if isinstance(message, str):
        raise SystemExit(f"the secure sum was refused: {message}")
    return message
