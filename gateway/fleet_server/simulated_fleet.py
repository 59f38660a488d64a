"""A fleet in one process: simulated people in front of a real gateway in this process, whose rounds go to devices in memory.

Nothing is left out but the network: people consent, their devices enrol, rounds are logged, signed and published, and the
directory can be verified and served afterwards. Nobody in it exists, so the directory is made anew and never an existing one.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from nacl.signing import SigningKey

from consent import ActorKind, ConsentRequest, Status, WriteRefusal
from federated import Visit
from federated.driving import (
    ControllerError,
    LocalCarrier,
    Outcome,
    Participant,
    RoundDriver,
    Trust,
    program_digest,
)
from federated.noise import add_noise
from gateway.bootstrap import open_gateway
from gateway.callers.credentials import load_credentials
from gateway.clock import Clock
from gateway.directory.init_directory import initialise
from gateway.errors import FleetRefusedError
from gateway.fleet.asked_controller import AskedController
from gateway.fleet_server.rounds_ahead import round_settings
from gateway.parts import TRAINING_PURPOSE
from gateway.settings.reading import Settings, load_settings
from gateway.wiring.front_assembly import Running

SHELF = 10
_RHO_ALWAYS = 1000.0
"""Nobody's privacy is spent: the people are made up."""
"""Items that are liked together."""
_SETTINGS = """
[federated]
budget_micro_rho = 1_000_000_000
round_micro_rho = {micro_rho}
max_items = 12
neighbours = {neighbours}
step_seconds = 3_600
round_seconds = 86_400
cohort = 50
"""


@dataclass(frozen=True, slots=True)
class SimulatedRound:
    """A round, and how long it took."""

    outcome: Outcome
    """What became of it."""
    seconds: float
    """From its terms to its publication."""


@dataclass(frozen=True, slots=True)
class FleetSize:
    """How much is simulated."""

    devices: int
    """People, each with a device."""
    rounds: int
    """How many rounds are run."""
    items: int
    """Of the catalogue."""
    micro_rho: int
    """What a round spends."""
    neighbours: int = 4
    """Whom a device shares masks with: nobody in a simulation vanishes, so few will do."""


def simulate(directory: Path, size: FleetSize, say: Callable[[SimulatedRound], None]) -> None:
    """Make a directory, and let a fleet learn in it; `say` is told of each round.

    Raises:
        GatewayError, AuditError, ConsentError, PrivacyError: a part cannot be made or opened.
        ControllerError: a round is refused.
    """
    initialise(directory)
    settings_file = directory / "volens.toml"
    settings_file.write_text(
        settings_file.read_text() + _SETTINGS.format(micro_rho=size.micro_rho, neighbours=size.neighbours)
    )
    terms = directory / "releases.toml"
    terms.write_text(terms.read_text().replace("[budget]\n", f"[budget]\nrho_always = {_RHO_ALWAYS}\n", 1))
    asyncio.run(_simulate(load_settings(directory), size, say))


async def _simulate(settings: Settings, size: FleetSize, say: Callable[[SimulatedRound], None]) -> None:
    async with open_gateway(settings) as running:
        terms = running.services.aggregates.in_force.terms
        await terms.propose("simulation")
        await terms.approve("simulation-of-another")
        inside = httpx.ASGITransport(app=running.front)
        async with httpx.AsyncClient(base_url="http://127.0.0.1", transport=inside, timeout=600) as client:
            await _sign_in(client, settings)
            items = [{"id": f"item-{n}", "category": f"shelf-{n // SHELF}"} for n in range(size.items)]
            (await client.put("/v1/items", json={"items": items})).raise_for_status()
            carrier = LocalCarrier(await _people(running, size))
            loop = asyncio.get_running_loop()

            def ask(method: str, path: str, body: Mapping[str, Any] | None) -> Mapping[str, Any]:
                return asyncio.run_coroutine_threadsafe(_asked(client, method, path, body), loop).result()

            driver = RoundDriver(
                controller=AskedController(ask),
                carrier=carrier,
                settings=round_settings(settings.federated, [each["id"] for each in items]),
                add_noise=add_noise,
                shuffle=lambda devices: random.SystemRandom().sample(list(devices), len(devices)),
                draw=os.urandom,
                now=Clock().now,
            )
            for _ in range(size.rounds):
                begun = time.perf_counter()
                outcome = await asyncio.to_thread(driver.run)
                say(SimulatedRound(outcome, time.perf_counter() - begun))


async def _people(running: Running, size: FleetSize) -> dict[bytes, Participant]:
    """Everybody consents and enrols; their devices."""
    chance = random.Random(size.devices)  # noqa: S311 - of a simulation
    found: dict[bytes, Participant] = {}
    names = [f"simulated-{n}" for n in range(size.devices)]
    for start in range(0, len(names), 64):
        joined = await asyncio.gather(
            *(_person(running, name, _history(chance, size.items)) for name in names[start : start + 64])
        )
        found.update(joined)
    return found


async def _person(running: Running, name: str, history: Sequence[Visit]) -> tuple[bytes, Participant]:
    services = running.services
    ref = services.identities.ref_of(known=name, anonymous=None)
    assert ref is not None
    assert services.fleet is not None
    wish = ConsentRequest(purpose=TRAINING_PURPOSE, status=Status.GIVEN, method="simulation", locale="en")
    if isinstance(await services.desk.write(ref, wish, ActorKind.APP, "simulation"), WriteRefusal):
        raise FleetRefusedError("no_consent")
    identity = SigningKey.generate()
    # NOTE: nothing is reached over Flower here, so the node key is a name and no point on a curve.
    node_key = "simulated " + b64encode(bytes(identity.verify_key)).decode()
    device = await services.fleet.enrolments.enrol(ref, node_key, bytes(identity.verify_key))
    trust = Trust(
        publisher=services.fleet.registry.signer.public,
        purpose=TRAINING_PURPOSE,
        program=program_digest(),
        receipt=device.receipt,
    )
    participant = Participant(
        identity=identity,
        trust=trust,
        history=lambda: history,
        willing=lambda: True,
        now=Clock().now,
        draw=os.urandom,
    )
    return device.device, participant


def _history(chance: random.Random, n_items: int) -> list[Visit]:
    """Mostly of one shelf, some of any."""
    shelf = chance.randrange(max(1, n_items // SHELF)) * SHELF
    own = [min(shelf + chance.randrange(SHELF), n_items - 1) for _ in range(8)]
    return [
        Visit(f"item-{n}", at) for at, n in enumerate([*own, *(chance.randrange(n_items) for _ in range(3))])
    ]


async def _sign_in(client: httpx.AsyncClient, settings: Settings) -> None:
    who = load_credentials(settings.credentials_file)
    form = {"grant_type": "client_credentials", "scope": "admin"}
    answer = await client.post("/oauth/token", data=form, auth=(who.client_id, who.client_secret))
    client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"


async def _asked(
    client: httpx.AsyncClient, method: str, path: str, body: Mapping[str, Any] | None
) -> Mapping[str, Any]:
    answer = await client.request(method, path, json=body)
    if not answer.is_success:
        raise ControllerError(str(answer.json().get("reason", "problem")))
    return dict(answer.json())
