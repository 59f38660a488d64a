"""The gateway as whoever drives rounds sees it: `federated.driving.ports.Controller`, asked over HTTP."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from federated import Looked, OpenRound, Part, Terms
from federated.driving import EnrolledDevice

Ask = Callable[[str, str, Mapping[str, Any] | None], Mapping[str, Any]]
"""Method, path, body: the answer's body. Raises `ControllerError` with the word of the problem, or `unreachable`."""


class AskedController:
    """Asks `/v1/federation` and `/v1/models`, as an administrator."""

    def __init__(self, ask: Ask) -> None:
        """Ask by `ask`."""
        self._ask = ask

    def terms(self) -> Terms:
        """See the port."""
        told = self._ask("GET", "/v1/federation/rounds", None)
        terms = told["terms"]
        return Terms(
            name=terms["name"],
            version=terms["next_version"],
            policy=terms["policy"],
            purpose=terms["purpose"],
            parent=terms["parent"],
        )

    def devices(self) -> Sequence[EnrolledDevice]:
        """See the port."""
        return [
            EnrolledDevice(
                bytes.fromhex(each["device"]),
                bytes.fromhex(each["signing_key"]),
                bytes.fromhex(each["receipt"]),
                each["node_key"],
            )
            for each in self._ask("GET", "/v1/federation/devices", None)["devices"]
        ]

    def live(self) -> frozenset[bytes]:
        """See the port."""
        told = self._ask("GET", "/v1/federation/devices", None)
        return frozenset(bytes.fromhex(each) for each in told["live"])

    def open(self, manifest: bytes) -> OpenRound:
        """See the port."""
        told = self._ask("POST", "/v1/federation/rounds", {"manifest": manifest.decode()})
        return OpenRound(told["round"], b64decode(told["manifest"]), told["spent_rho"])

    def look(self, round_id: int, devices: Collection[bytes]) -> Looked:
        """See the port."""
        return self._look(round_id, devices, "asked")

    def look_again(self, round_id: int, devices: Collection[bytes]) -> Looked:
        """See the port."""
        return self._look(round_id, devices, "checked")

    def close(self, round_id: int, record: bytes, parts: Sequence[Part]) -> int:
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
        body = {"record": record.decode(), "parts": listed}
        return int(self._ask("POST", f"/v1/federation/rounds/{round_id}/close", body)["index"])

    def publish(self, round_id: int, artefact: bytes, card: Mapping[str, Any]) -> int:
        """See the port."""
        body = {"round": round_id, "artefact": b64encode(artefact).decode(), "card": dict(card)}
        return int(self._ask("POST", "/v1/federation/models", body)["version"])

    def _look(self, round_id: int, devices: Collection[bytes], stage: str) -> Looked:
        body = {"devices": [each.hex() for each in devices], "stage": stage}
        told = self._ask("POST", f"/v1/federation/rounds/{round_id}/look", body)
        return Looked(frozenset(bytes.fromhex(each) for each in told["live"]), told["index"])
