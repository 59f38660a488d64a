"""Many simulated devices in one process: each with a connection of its own, taken in turns by a few threads."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import httpx

from federated.driving import Participant
from gateway.clock import Clock
from gateway.fleet_server.device_files import SUFFIX, DeviceFile, read_device
from gateway.fleet_server.device_link import DeviceLink, LinkClosedError

THREADS = 4
TURN_SECONDS = 0.2
"""From the beginning of one turn of all devices to that of the next, if they are quicker."""


class DeviceHost:
    """Runs every device of a directory until it is told to end."""

    def __init__(self, directory: Path, address: str, authority: bytes) -> None:
        """Prepare the devices whose files are in `directory` for the door at `address` (host:port)."""
        self._files = sorted(directory.glob(f"*{SUFFIX}"))
        self._address = address
        self._authority = authority
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

    def _share(self, files: Sequence[Path]) -> None:
        links = [self._link(path) for path in files]
        try:
            while links and not self._ending.is_set():
                begun = time.monotonic()
                links = [link for link in links if self._turn(link)]
                self._ending.wait(max(0.0, TURN_SECONDS - (time.monotonic() - begun)))
        finally:
            for link in links:
                link.close()

    def _turn(self, link: DeviceLink) -> bool:
        """One look; whether the device is still known."""
        try:
            link.turn()
        except LinkClosedError:
            link.close()
            return False
        except (httpx.HTTPError, RuntimeError, ValueError):
            return True  # the door is away, or the round is over: the next turn looks again
        return True

    def _link(self, path: Path) -> DeviceLink:
        device = read_device(path)
        participant = Participant(
            identity=device.keys.signing,
            trust=device.trust,
            history=lambda: device.history,
            willing=lambda: _wants(path, device),
            now=Clock().now,
            draw=os.urandom,
        )
        return DeviceLink(self._address, self._authority, device.keys.node, participant.answer)


def _wants(path: Path, device: DeviceFile) -> bool:
    """Whether the person wants it now: the file says so, and it is still there."""
    return path.exists() and device.willing
