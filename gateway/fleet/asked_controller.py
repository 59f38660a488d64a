"""The gateway as whoever drives rounds sees it: `federated.driving.ports.Controller`, asked over HTTP."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from federated import Looked, OpenRound, Part, Terms
from federated.driving import EnrolledDevice

Ask = Callable[[str, str, Mapping[str, Any] | None], Mapping[str, Any]]
"""Method, path, body: the answer's body. Raises `ControllerError` with the word of the problem, or `unreachable`."""

_FRAME_BYTES, _NAMED_BYTES, _PART_BYTES = 64, 72, 288
"""Of a body of JSON, of a device's name in it, and of what became of a device: at most."""
_MOST_NAMED, _MOST_PARTS = 10_000, 1_000
"""In one body, however long it may be."""


class KnownDevices(NamedTuple):
    """The devices at one moment."""

    asked: Sequence[EnrolledDevice]
    """Who may be asked: of a person with several, the newest."""
    live: frozenset[bytes]
    """The names of all that take part."""


class AskedController:
    """Asks `/v1/federation` and `/v1/models`, as an administrator."""

    def __init__(self, ask: Ask, driver: str = "") -> None:
        """Ask by `ask`, as a driver of this name."""
        self._ask = ask
        self._driver = driver
        self._page = 1

    def terms(self) -> Terms:
        """See the port."""
        told = self._ask("GET", "/v1/federation/rounds", None)
        self._page = _fitting(told["body_bytes"], _PART_BYTES, _MOST_PARTS)
        terms = told["terms"]
        return Terms(
            name=terms["name"],
            version=terms["next_version"],
            policy=terms["policy"],
            purpose=terms["purpose"],
            parent=terms["parent"],
            at_most=_fitting(told["body_bytes"], _NAMED_BYTES, _MOST_NAMED),
        )

    def devices(self) -> Sequence[EnrolledDevice]:
        """See the port."""
        return self.known().asked

    def live(self) -> frozenset[bytes]:
        """See the port."""
        return self.known().live

    def known(self) -> KnownDevices:
        """Who may be asked at this moment, and who takes part.

        Raises:
            ControllerError: the gateway refuses, or cannot be reached.
        """
        told = self._ask("GET", "/v1/federation/devices", None)
        asked = [
            EnrolledDevice(
                bytes.fromhex(each["device"]),
                bytes.fromhex(each["signing_key"]),
                bytes.fromhex(each["receipt"]),
                each["node_key"],
            )
            for each in told["devices"]
        ]
        return KnownDevices(asked, frozenset(bytes.fromhex(each) for each in told["live"]))

    def open(self, manifest: bytes) -> OpenRound:
        """See the port."""
        told = self._ask(
            "POST", "/v1/federation/rounds", {"manifest": manifest.decode(), "driver": self._driver}
        )
        return OpenRound(told["round"], b64decode(told["manifest"]), told["spent_rho"])

    def look(self, round_id: int, devices: Collection[bytes]) -> Looked:
        """See the port."""
        return self._look(round_id, devices, "asked")

    def look_again(self, round_id: int, devices: Collection[bytes]) -> Looked:
        """See the port."""
        return self._look(round_id, devices, "checked")

    def close(self, round_id: int, record: bytes, parts: Sequence[Part]) -> bytes:
        """See the port."""
        listed = [
            {
                "device": each.device.hex(),
                "standing": each.standing.value,
                "salt": each.salt.hex(),
                "leaf": each.leaf.hex(),
            }
            for each in parts
        ]
        here = f"/v1/federation/rounds/{round_id}"
        for at in range(0, len(listed), self._page):
            self._ask("POST", f"{here}/parts", {"parts": listed[at : at + self._page]})
        return b64decode(self._ask("POST", f"{here}/close", {"record": record.decode()})["statement"])

    def publish(self, round_id: int, artefact: bytes, card: Mapping[str, Any]) -> int:
        """See the port."""
        body = {"round": round_id, "artefact": b64encode(artefact).decode(), "card": dict(card)}
        return int(self._ask("POST", "/v1/federation/models", body)["version"])

    def _look(self, round_id: int, devices: Collection[bytes], stage: str) -> Looked:
        body = {"devices": [each.hex() for each in devices], "stage": stage}
        told = self._ask("POST", f"/v1/federation/rounds/{round_id}/look", body)
        return Looked(frozenset(bytes.fromhex(each) for each in told["live"]), told["index"])


def _fitting(body_bytes: int, each_bytes: int, most: int) -> int:
    """How many of a kind fit into a body."""
    return min(most, max(1, (body_bytes - _FRAME_BYTES) // each_bytes))
