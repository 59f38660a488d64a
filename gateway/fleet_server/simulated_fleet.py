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
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from nacl.signing import SigningKey

from consent import ActorKind, ConsentRequest, Status, WriteRefusal
from federated import Visit
from federated.driving import (
    ControllerError,
    HeldModel,
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
from gateway.fleet.bundles import read_bundle
from gateway.fleet_server.rounds_ahead import floors_of, round_settings
from gateway.fleet_server.served_model import held_of
from gateway.parts import TRAINING_PURPOSE
from gateway.settings.reading import Settings, load_settings
from gateway.wiring.front_assembly import Running

SHELF = 10
"""Items that are liked together."""
_RHO_ALWAYS = 1000.0
"""Nobody's privacy is spent: the people are made up."""
_AT_ONCE = 64
"""People who join together; items are registered by the thousand."""
_SETTINGS = """
[federated]
budget_micro_rho = 1_000_000_000
round_micro_rho = {micro_rho}
max_items = {max_items}
minimum_cohort = {minimum}
cohort = {cohort}
neighbours = {neighbours}
step_seconds = 3_600
round_seconds = 86_400
"""


@dataclass(frozen=True, slots=True)
class SimulatedRound:
    """A round, and how long it took."""

    outcome: Outcome
    """What became of it."""
    seconds: float
    """From its terms to its publication."""


@dataclass(frozen=True, slots=True)
class SimulatedPerson:
    """Somebody who does not exist."""

    name: str
    """By which the gateway is told of them."""
    history: Sequence[Visit]
    """What their device knows."""
    device: Callable[..., Participant] = Participant
    """Makes their device; another than the usual for one that does not keep to what is agreed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedTerms:
    """What the rounds are like."""

    micro_rho: int
    """What one spends."""
    max_items: int = 12
    """Items of a history that count."""
    minimum: int = 20
    """Devices below which no sum is opened."""
    cohort: int = 50
    """Devices that are summed together."""
    neighbours: int = 4
    """Whom a device shares masks with: nobody in a simulation vanishes, so few will do."""


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


def simulate(directory: Path, size: FleetSize, say: Callable[[SimulatedRound], None]) -> None:
    """Make a directory, and let a fleet learn in it; `say` is told of each round.

    Raises:
        GatewayError, AuditError, ConsentError, PrivacyError: a part cannot be made or opened.
        ControllerError: a round is refused.
    """
    asyncio.run(_simulate(directory, size, say))


async def _simulate(directory: Path, size: FleetSize, say: Callable[[SimulatedRound], None]) -> None:
    chance = random.Random(size.devices)  # noqa: S311 - of a simulation
    people = [SimulatedPerson(f"simulated-{n}", _history(chance, size.items)) for n in range(size.devices)]
    items = {f"item-{n}": f"shelf-{n // SHELF}" for n in range(size.items)}
    async with simulated_fleet(directory, SimulatedTerms(micro_rho=size.micro_rho), items) as fleet:
        await fleet.join(people)
        for _ in range(size.rounds):
            say(await fleet.round())


def _history(chance: random.Random, n_items: int) -> list[Visit]:
    """Mostly of one shelf, some of any."""
    shelf = chance.randrange(max(1, n_items // SHELF)) * SHELF
    own = [min(shelf + chance.randrange(SHELF), n_items - 1) for _ in range(8)]
    return [
        Visit(f"item-{n}", at) for at, n in enumerate([*own, *(chance.randrange(n_items) for _ in range(3))])
    ]


@asynccontextmanager
async def simulated_fleet(
    directory: Path, terms: SimulatedTerms, items: Mapping[str, str]
) -> AsyncIterator[SimulatedFleet]:
    """A gateway of a new directory, with a catalogue (item -> category), for as long as the block runs.

    Raises: as `simulate`.
    """
    initialise(directory)
    settings_file, releases = directory / "volens.toml", directory / "releases.toml"
    more = {name: getattr(terms, name) for name in terms.__dataclass_fields__}
    settings_file.write_text(settings_file.read_text() + _SETTINGS.format(**more))
    releases.write_text(
        releases.read_text().replace("[budget]\n", f"[budget]\nrho_always = {_RHO_ALWAYS}\n", 1)
    )
    settings = load_settings(directory)
    async with open_gateway(settings) as running:
        proposed = running.services.aggregates.in_force.terms
        await proposed.propose("simulation")
        await proposed.approve("simulation-of-another")
        inside = httpx.ASGITransport(app=running.front)
        async with httpx.AsyncClient(base_url="http://127.0.0.1", transport=inside, timeout=600) as client:
            await _sign_in(client, settings)
            listed = [{"id": item, "category": category} for item, category in items.items()]
            for start in range(0, len(listed), 500):
                body = {"items": listed[start : start + 500]}
                (await client.put("/v1/items", json=body)).raise_for_status()
            yield SimulatedFleet(running, client, settings, list(items))


class SimulatedFleet:
    """People with devices, and rounds of these. Lives on the event loop."""

    def __init__(
        self, running: Running, client: httpx.AsyncClient, settings: Settings, items: Sequence[str]
    ) -> None:
        """Nobody yet, in front of a gateway that runs."""
        self._running = running
        self._client = client
        self._settings = settings
        self._items = items
        self._participants: dict[bytes, Participant] = {}

    async def join(self, people: Sequence[SimulatedPerson]) -> None:
        """Let everybody consent and enrol a device."""
        for start in range(0, len(people), _AT_ONCE):
            joined = await asyncio.gather(*map(self._joined, people[start : start + _AT_ONCE]))
            self._participants.update(joined)

    async def round(self, driver: type[RoundDriver] = RoundDriver) -> SimulatedRound:
        """Drive one round.

        Raises:
            ControllerError: it is refused.
        """
        loop, client = asyncio.get_running_loop(), self._client

        def ask(method: str, path: str, body: Mapping[str, Any] | None) -> Mapping[str, Any]:
            return asyncio.run_coroutine_threadsafe(_asked(client, method, path, body), loop).result()

        driving = driver(
            controller=AskedController(ask),
            carrier=LocalCarrier(self._participants),
            settings=round_settings(self._settings.federated, self._items),
            add_noise=add_noise,
            shuffle=lambda devices: random.SystemRandom().sample(list(devices), len(devices)),
            draw=os.urandom,
            now=Clock().now,
        )
        begun = time.perf_counter()
        outcome = await asyncio.to_thread(driving.run)
        return SimulatedRound(outcome, time.perf_counter() - begun)

    def artefact(self) -> bytes | None:
        """The artefact of the version that is served."""
        fleet = self._running.services.fleet
        current = None if fleet is None else fleet.registry.current
        if fleet is None or current is None:
            return None
        return read_bundle(current.bundle, fleet.registry.signer.public).artefact

    def _held(self) -> HeldModel | None:
        fleet = self._running.services.fleet
        current = None if fleet is None else fleet.registry.current
        if fleet is None or current is None:
            return None
        return held_of(read_bundle(current.bundle, fleet.registry.signer.public).statement)

    async def _joined(self, person: SimulatedPerson) -> tuple[bytes, Participant]:
        services = self._running.services
        ref = services.identities.ref_of(known=person.name, anonymous=None)
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
            floors=floors_of(self._settings.federated),
        )
        participant = person.device(
            identity=identity,
            trust=trust,
            history=lambda: person.history,
            willing=lambda: True,
            now=Clock().now,
            draw=os.urandom,
            model=self._held,
        )
        return device.device, participant


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
