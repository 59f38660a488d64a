"""People with devices, in front of a gateway in this process: they consent, they enrol, they know some items of one shelf."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from nacl.signing import SigningKey

from federated import Clip, ItemList, Visit
from federated.driving import (
    ControllerError,
    Floors,
    HeldModel,
    LocalCarrier,
    Outcome,
    Participant,
    RoundDriver,
    RoundSettings,
    program_digest,
)
from federated.noise import add_noise
from gateway.directory.init_directory import initialise
from gateway.fleet.asked_controller import AskedController
from gateway.fleet_server.device_files import trust_of
from tests.agreed_budget import agree_to_spend
from tests.journey.shop import ITEMS, PER_SHELF, SHELVES, item

PURPOSE = "model-improvement"
ANYTHING = Floors(most_rho=1e9, minimum=3, neighbours=4)
"""What devices of these journeys were promised: what is tested are rounds of a few people."""
BUDGET = "\n[federated]\nbudget_micro_rho = 1_000_000_000\n"
"""Enough for a few rounds of a few people with little noise: what is tested is not how well so few are hidden."""


def node_key() -> str:
    """A fresh P-384 key, as a device sends its public half."""
    public = ec.generate_private_key(ec.SECP384R1()).public_key()
    return public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def generous(directory: Path) -> Path:
    """A data directory with that budget."""
    initialise(directory)
    settings = directory / "volens.toml"
    settings.write_text(settings.read_text() + BUDGET)
    agree_to_spend(directory)
    return directory


def no_noise(total, norm, scale):
    """So that sums can be compared bit for bit, or nothing is left to chance."""
    return total


class FleetPeople:
    """Whoever takes part."""

    def __init__(self, served) -> None:
        """In front of a gateway in this process."""
        self.served = served
        self.loop = asyncio.get_running_loop()
        self.names: dict[bytes, str] = {}
        self.participants: dict[bytes, Participant] = {}
        self.unwilling: set[str] = set()
        self.models: dict[bytes, HeldModel] = {}
        self.before: Callable[[str, bytes, bytes], bytes | None] = lambda step, device, message: message

    async def join(self, name: str, shelf: int) -> bytes:
        """Somebody consents, and enrols a device that knows a few items of a shelf."""
        assert (await self.served.consent(name, "given", PURPOSE)).status_code == 200
        return await self.enrol(name, shelf)

    async def enrol(self, name: str, shelf: int) -> bytes:
        """Somebody enrols a device."""
        identity = SigningKey.generate()
        keys = {"node_key": node_key(), "signing_key": bytes(identity.verify_key).hex()}
        answer = await self.served.http.post("/v1/devices", json={"subject": {"id": name}, **keys})
        assert answer.status_code == 200, answer.text
        told = answer.json()
        device = bytes.fromhex(told["device"])
        chance = random.Random(name)
        visits = [Visit(item(shelf, chance.randrange(PER_SHELF)), at) for at in range(6)]
        trust = replace(trust_of(told), floors=ANYTHING)
        self.names[device] = name
        self.participants[device] = Participant(
            identity=identity,
            trust=trust,
            history=lambda: visits,
            willing=lambda: name not in self.unwilling,
            now=lambda: int(time.time()),
            draw=os.urandom,
            model=lambda: self.models.get(device),
        )
        return device

    async def join_many(self, count: int, first: int = 0) -> list[bytes]:
        """So many people, shelf after shelf."""
        return [await self.join(f"person-{n}", n % SHELVES) for n in range(first, first + count)]

    async def round(self, *, noise=add_noise, **settings) -> Outcome:
        """Drive one round, in a thread."""
        settings = {
            "items": ItemList(ITEMS),
            "scale": 450,
            "clip": Clip(max_items=6, unit=4096, exponent_percent=50),
            "minimum": 5,
            "cohort": 10,
            "neighbours": 8,
            "step_seconds": 600.0,
            **settings,
        }
        driver = RoundDriver(
            controller=AskedController(self.ask),
            carrier=LocalCarrier(self.participants, self.before),
            settings=RoundSettings(program=program_digest(), **settings),
            add_noise=noise,
            shuffle=lambda devices: random.sample(list(devices), len(devices)),
            draw=os.urandom,
            now=lambda: int(time.time()),
        )
        return await asyncio.to_thread(driver.run)

    def ask(self, method, path, body):
        """From the driver's thread."""
        return self.wait(self._request(method, path, body))

    def wait(self, coroutine):
        """Let the loop do something, from the driver's thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(60)

    def withdraw(self, name: str) -> None:
        """Somebody withdraws, while the driver's thread is in the middle of something."""
        assert self.wait(self.served.consent(name, "withdrawn", PURPOSE)).status_code == 200

    async def _request(self, method, path, body):
        answer = await self.served.http.request(method, path, json=body)
        if not answer.is_success:
            raise ControllerError(answer.json().get("reason", "problem"))
        return answer.json()

    async def told(self, name: str):
        """What somebody is told of their devices."""
        answer = await self.served.http.post("/v1/devices/query", json={"subject": {"id": name}})
        assert answer.status_code == 200
        return answer.json()
