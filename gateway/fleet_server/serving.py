"""`volens federated serve`: the link, the door before it, the devices that may come in, and rounds at their times."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx

from federated.driving import ControllerError
from gateway.callers.credentials import load_credentials
from gateway.clock import Clock
from gateway.fleet.asked_controller import Ask, AskedController
from gateway.fleet_server.certificates import AUTHORITY, CERTIFICATE, KEY, make_certificates
from gateway.fleet_server.door import DeviceDoor, inside_context, outside_context
from gateway.fleet_server.http_asking import HttpAsking
from gateway.fleet_server.known_devices import KnownDevices
from gateway.fleet_server.link_process import LinkProcess
from gateway.fleet_server.round_place import RoundPlace
from gateway.fleet_server.serving_place import ServingPlace
from gateway.settings.reading import Settings

WATCH_SECONDS = 1.0
"""How often is looked who enrolled and who left: whoever withdrew is cut off within so long."""
_LINK_AWAY = (httpx.HTTPError, RuntimeError)
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
        self._known = KnownDevices()
        self._ending = threading.Event()
        self._gateway_is_away = False

    def end(self) -> None:
        """Let `run` come to its end."""
        self._ending.set()

    def run(self) -> None:
        """Serve until the rounds are over, or it is told to end.

        Raises:
            ControllerError: the gateway cannot be reached at the start.
            DirectoryError: another process serves from this directory.
            UnavailableError: the link does not start.
        """
        with ServingPlace(self._place) as place:
            outcomes = str(self._place / "outcomes")
            self._round_place = RoundPlace(
                str(self._settings.directory), self._plan.url, place.driver, outcomes
            )
            self._serve()

    def _serve(self) -> None:
        hosts = ("127.0.0.1", "localhost", self._plan.host)
        make_certificates(self._place, hosts, Clock().now())
        ask = HttpAsking(self._plan.url, load_credentials(self._settings.credentials_file))
        controller = AskedController(ask)
        controller.terms()
        missing = why_no_round(ask)
        if missing is not None:
            self._say({"happening": "no_round_would_begin", "reason": missing})
        self._link = self._started(None)
        try:
            self._know(controller)
            with _OpenDoor(self._link.port, self._place, self._plan, self._known) as door:
                self._say({"happening": "door_open", "host": self._plan.host, "port": door.port})
                self._rounds(door, controller, ask)
        finally:
            self._link.close()
            ask.close()

    def _started(self, port: int | None) -> LinkProcess:
        """A link that answers; it knows nobody yet.

        Raises:
            UnavailableError: it does not start.
        """
        program = self._round_place.hand_over(self._place)
        link = LinkProcess(self._place / "link", self._place, program, port)
        link.wait_ready()
        return link

    def _rounds(self, door: _OpenDoor, controller: AskedController, ask: HttpAsking) -> None:
        done, due = 0, time.monotonic() + self._plan.every_seconds
        while not self._ending.is_set() and (self._plan.rounds is None or done < self._plan.rounds):
            if time.monotonic() >= due:
                due += self._plan.every_seconds
                before, began = (door.received_bytes, door.sent_bytes), time.monotonic()
                reason = why_no_round(ask)
                said = self._round(controller) if reason is None else {"refused": reason}
                seconds = round(time.monotonic() - began, 1)
                more = {"received": door.received_bytes - before[0], "sent": door.sent_bytes - before[1]}
                self._say({"happening": "round_ended", **said, **more, "seconds": seconds})
                done += 1
            self._watch(controller)
            self._ending.wait(WATCH_SECONDS)

    def _round(self, controller: AskedController) -> Mapping[str, Any]:
        """Have a round driven; how it ended. Never waits longer than a round may take, and not for a program that is gone."""
        try:
            run_id = self._link.run_round()
        except _LINK_AWAY:
            return {"refused": "link_ended"}
        longest = time.monotonic() + self._settings.federated.round_seconds + 60
        is_over = False
        while not (is_over or self._round_place.is_left(run_id)):
            if self._ending.is_set() or time.monotonic() > longest:
                break
            self._ending.wait(WATCH_SECONDS / 2)
            if self._watch(controller):
                return {"refused": "link_ended"}
            with suppress(*_LINK_AWAY):
                is_over = self._link.is_over(run_id)
        return self._round_place.take_outcome(run_id)

    def _watch(self, controller: AskedController) -> bool:
        """Let the link know who may come in; start another where it has ended, and say whether it had."""
        has_ended = self._link.has_ended
        if has_ended:
            self._say({"happening": "link_ended"})
            self._link.close()
            self._link = self._started(self._link.port)
        self._know(controller)
        return has_ended

    def _know(self, controller: AskedController) -> None:
        try:
            known = controller.known()
            self._link.know({each.node_key: each.device for each in known.asked}, known.live)
            self._known.admit(self._link.node_keys)
            self._gateway_is_away = False
        except ControllerError as unreachable:
            if not self._gateway_is_away:
                self._say({"happening": "gateway_unreachable", "reason": unreachable.reason})
            self._gateway_is_away = True
        except _LINK_AWAY:
            return  # the next look starts another


def why_no_round(ask: Ask) -> str | None:
    """Why a round would be refused before it begins, as a word: there is nothing to learn about, or more than a model holds."""
    try:
        return None if ask("GET", "/v1/federation/items", None)["items"] else "no_items"
    except ControllerError as refused:
        return refused.reason


class _OpenDoor:
    """The door, on a loop and a thread of its own."""

    def __init__(self, link_port: int, place: Path, plan: ServePlan, known: KnownDevices) -> None:
        self._plan = plan
        outside = outside_context(str(place / CERTIFICATE), str(place / KEY))
        self._door = DeviceDoor(link_port, outside, inside_context(str(place / AUTHORITY)), known.who)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="door", daemon=True)

        self.port = 0

    @property
    def received_bytes(self) -> int:
        return self._door.received_bytes

    @property
    def sent_bytes(self) -> int:
        return self._door.sent_bytes

    def __enter__(self) -> Self:
        self._thread.start()
        starting = asyncio.run_coroutine_threadsafe(
            self._door.start(self._plan.host, self._plan.port), self._loop
        )
        self.port = starting.result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._door.close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
