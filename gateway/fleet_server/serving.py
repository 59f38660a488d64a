"""`volens federated serve`: the link, the door before it, the devices that may come in, and rounds at their times."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from federated.driving import ControllerError
from gateway.callers.credentials import load_credentials
from gateway.clock import Clock
from gateway.fleet.asked_controller import AskedController
from gateway.fleet_server.certificates import AUTHORITY, CERTIFICATE, KEY, make_certificates
from gateway.fleet_server.door import DeviceDoor, inside_context, outside_context
from gateway.fleet_server.http_asking import HttpAsking
from gateway.fleet_server.link_process import LinkProcess
from gateway.fleet_server.round_app import PLACE
from gateway.settings.reading import Settings

WATCH_SECONDS = 1.0
"""How often is looked who enrolled and who left: whoever withdrew is cut off within so long."""
FLEET_DIRECTORY = "fleet"
"""Under the data directory: certificates, and files of the link that are worth nothing."""


@dataclass(frozen=True, slots=True)
class ServePlan:
    """How to serve."""

    url: str
    """Where the gateway is."""
    host: str
    """The address of the door."""
    port: int
    """Its port; 0 for any free one."""
    rounds: int | None
    """How many rounds before it ends by itself; None for as many as there is time."""
    every_seconds: float
    """From the beginning of one round to that of the next."""


class FleetServing:
    """The link and its door, and who comes in."""

    def __init__(self, settings: Settings, plan: ServePlan, say: Callable[[Mapping[str, Any]], None]) -> None:
        """Prepare; `say` is told what happens, in words of ours."""
        self._settings = settings
        self._plan = plan
        self._say = say
        self._place = settings.directory / FLEET_DIRECTORY
        self._outcomes = self._place / "outcomes"
        self._ending = threading.Event()

    def end(self) -> None:
        """Let `run` come to its end."""
        self._ending.set()

    def run(self) -> None:
        """Serve until the rounds are over, or it is told to end.

        Raises:
            ControllerError: the gateway cannot be reached at the start.
            UnavailableError: the link does not start.
        """
        hosts = ("127.0.0.1", "localhost", self._plan.host)
        make_certificates(self._place, hosts, Clock().now())
        self._outcomes.mkdir(exist_ok=True)
        told = {
            "directory": str(self._settings.directory),
            "url": self._plan.url,
            "outcomes": str(self._outcomes),
        }
        (self._place / "round.json").write_text(json.dumps(told))
        ask = HttpAsking(self._plan.url, load_credentials(self._settings.credentials_file))
        controller = AskedController(ask)
        controller.terms()
        link = LinkProcess(self._place / "link", self._place, {PLACE: str(self._place / "round.json")})
        try:
            link.wait_ready()
            self._know(link, controller)
            with _running(link.port, self._place, self._plan) as port:
                self._say({"happening": "door_open", "host": self._plan.host, "port": port})
                self._rounds(link, controller)
        finally:
            link.close()
            ask.close()

    def _rounds(self, link: LinkProcess, controller: AskedController) -> None:
        done, due = 0, time.monotonic() + self._plan.every_seconds
        while not self._ending.is_set() and (self._plan.rounds is None or done < self._plan.rounds):
            if time.monotonic() >= due:
                due += self._plan.every_seconds
                self._round(link, controller)
                done += 1
            self._know(link, controller)
            self._ending.wait(WATCH_SECONDS)

    def _round(self, link: LinkProcess, controller: AskedController) -> None:
        outcome = self._outcomes / str(link.run_round())
        longest = time.monotonic() + self._settings.federated.round_seconds + 60
        while not outcome.exists() and time.monotonic() < longest and not self._ending.is_set():
            self._know(link, controller)
            self._ending.wait(WATCH_SECONDS / 2)
        said = json.loads(outcome.read_text()) if outcome.exists() else {"refused": "no_outcome"}
        outcome.unlink(missing_ok=True)
        self._say({"happening": "round_ended", **said})

    def _know(self, link: LinkProcess, controller: AskedController) -> None:
        try:
            link.know({each.node_key: each.device.hex() for each in controller.devices()})
        except ControllerError as unreachable:
            self._say({"happening": "gateway_unreachable", "reason": unreachable.reason})


class _running:  # noqa: N801 - reads as a context
    """The door, on a loop and a thread of its own."""

    def __init__(self, link_port: int, place: Path, plan: ServePlan) -> None:
        self._plan = plan
        outside = outside_context(str(place / CERTIFICATE), str(place / KEY))
        self._door = DeviceDoor(link_port, outside, inside_context(str(place / AUTHORITY)))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="door", daemon=True)

    def __enter__(self) -> int:
        self._thread.start()
        starting = asyncio.run_coroutine_threadsafe(
            self._door.start(self._plan.host, self._plan.port), self._loop
        )
        return starting.result(10)

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._door.close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
