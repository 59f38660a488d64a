"""Many simulated devices in one process: each with a connection of its own, taken in turns by a few threads.

Each look that finds nothing costs the link as much as one that finds something. So a device that answered waits for most of what
it waited for the time before, as the steps of a round are about as long as one another, then looks soon, and ever less often
while there is nothing: a fleet that waits for the next round costs the link little, and one that is in a round hardly waits.
"""

from __future__ import annotations

import heapq
import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx

from federated.driving import HeldModel, Participant
from gateway.clock import Clock
from gateway.errors import DirectoryError
from gateway.fleet_server.device_files import (
    SUFFIX,
    DeviceFile,
    read_device,
    read_remembered,
    write_remembered,
)
from gateway.fleet_server.device_link import DeviceLink, LinkClosedError
from gateway.fleet_server.served_model import ServedModel

THREADS = 4
SOON_SECONDS = 0.2
"""So soon it looks again; each look that finds nothing doubles the wait."""
LATEST_SECONDS = 2.0
"""So long it waits at most."""
MOST_OF_A_STEP = 0.7
"""This part of the time from one answer to the next it waits before it looks at all; unless that was the time between rounds."""
REFUSED_SECONDS = 5.0
"""After the door said that it does not know a device, the device tries again."""
MAX_REFUSALS = 24
"""So often; then it was let go. A link that was started anew knows its devices again within seconds."""


class _Looking:
    """One device, and when it looks next."""

    def __init__(self, link: DeviceLink, now: Callable[[], float] = time.monotonic) -> None:
        self.link = link
        self._now = now
        self._answered_at = now()
        self._wait = SOON_SECONDS
        self._refusals = 0

    def look(self) -> float | None:
        """Look once; how long to wait until the next time, or None if the device is not known any more."""
        try:
            answered = self.link.turn()
        except LinkClosedError:
            self._refusals += 1
            return None if self._refusals >= MAX_REFUSALS else REFUSED_SECONDS
        except (httpx.HTTPError, RuntimeError, ValueError):
            return LATEST_SECONDS  # the door is away, or the round is over: the next look tells
        self._refusals = 0
        if answered:
            return self._after_answer()
        wait, self._wait = self._wait, min(2 * self._wait, LATEST_SECONDS)
        return wait

    def _after_answer(self) -> float:
        before, self._answered_at, self._wait = self._answered_at, self._now(), SOON_SECONDS
        most = MOST_OF_A_STEP * (self._answered_at - before)
        return most if SOON_SECONDS < most <= LATEST_SECONDS else SOON_SECONDS


class DeviceHost:
    """Runs every device of a directory until it is told to end."""

    def __init__(self, directory: Path, address: str, authority: bytes, gateway: str | None = None) -> None:
        """Prepare devices.

        Args:
            directory: where their files are.
            address: of the door (host:port).
            authority: signed the door's certificate (PEM).
            gateway: URL at which they are given the model, if they are.
        """
        self._files = sorted(directory.glob(f"*{SUFFIX}"))
        self._address = address
        self._authority = authority
        self._served = ServedModel(gateway) if gateway is not None else None
        self._ending = threading.Event()

    def __len__(self) -> int:
        """How many devices there are."""
        return len(self._files)

    def end(self) -> None:
        """Let `run` come to its end."""
        self._ending.set()

    def run(self) -> None:
        """Run them; returns when told to end, or when the door knows none of them any more."""
        shares = [self._files[number::THREADS] for number in range(THREADS)]
        threads = [threading.Thread(target=self._share, args=(share,)) for share in shares if share]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        if self._served is not None:
            self._served.close()

    def _share(self, files: Sequence[Path]) -> None:
        looking = [_Looking(self._link(path)) for path in files]
        due = [(0.0, number) for number in range(len(looking))]
        try:
            while due and not self._ending.is_set():
                when, number = due[0]
                if when > time.monotonic():
                    self._ending.wait(when - time.monotonic())
                    continue
                wait = looking[number].look()
                if wait is None:
                    heapq.heappop(due)
                    looking[number].link.close()
                else:
                    heapq.heapreplace(due, (time.monotonic() + wait, number))
        finally:
            for each in looking:
                each.link.close()

    def _link(self, path: Path) -> DeviceLink:
        device = read_device(path)
        participant = Participant(
            identity=device.keys.signing,
            trust=device.trust,
            history=lambda: device.history,
            willing=lambda: wants(path),
            now=Clock().now,
            draw=os.urandom,
            model=lambda: self._model_of(device),
            remembered=read_remembered(path),
            keep=lambda remembered: write_remembered(path, remembered),
        )
        return DeviceLink(self._address, self._authority, device.keys.node, participant.answer)

    def _model_of(self, device: DeviceFile) -> HeldModel | None:
        return None if self._served is None else self._served.held(device.trust.publisher)


def wants(path: Path) -> bool:
    """Whether the person wants it at this moment: the file of their device is there and says so now."""
    try:
        return read_device(path).willing
    except DirectoryError:
        return False
