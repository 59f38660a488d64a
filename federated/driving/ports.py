"""What a driver of rounds needs of others."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from federated.controlling import Looked, OpenRound, Part, Terms


class ControllerError(Exception):
    """The controller did not do what it was asked: it refuses, or cannot be reached. The round ends; its word is the reason."""

    def __init__(self, reason: str) -> None:
        """Give the reason, a word of the controller's."""
        super().__init__("the controller refuses, or cannot be reached")
        self.reason = reason
        """Why."""


@dataclass(frozen=True, slots=True)
class EnrolledDevice:
    """A device that may be asked."""

    device: bytes
    """Its name, 32 bytes."""
    signing_key: bytes
    """Its Ed25519 key, 32 bytes."""
    receipt: bytes
    """SHA-256 of the log's entry by which it enrolled, 32 bytes."""
    node_key: str = ""
    """By which the carrier knows it."""


class Controller(Protocol):
    """Who knows of consent, keeps what must be kept, and publishes.

    Contract:
        Concurrency: one round at a time; calls come one after the other.
        Durability: what a call answers has happened and survives a crash; an entry of the log says so.
        Order: `open`, `look`, `look_again`, `close`, `publish`; a round that was not closed is ended by the next `open`.
        Errors: `ControllerError`; after one, the round is over.
        Absence: a device that is unknown is not live.
    """

    def terms(self) -> Terms:
        """What the next manifest must say."""
        ...

    def devices(self) -> Sequence[EnrolledDevice]:
        """The devices that may be asked at this moment, in the order of their names."""
        ...

    def live(self) -> frozenset[bytes]:
        """The names of all devices that take part at this moment, also of those whose person has a newer one."""
        ...

    def open(self, manifest: bytes) -> OpenRound:
        """Begin a round with these terms."""
        ...

    def look(self, round_id: int, devices: Collection[bytes]) -> Looked:
        """Look at consent before devices are asked."""
        ...

    def look_again(self, round_id: int, devices: Collection[bytes]) -> Looked:
        """Look at consent when everything is uploaded and nothing is unmasked, and reserve what unmasking spends."""
        ...

    def close(self, round_id: int, record: bytes, parts: Sequence[Part]) -> bytes:
        """End a round; what devices are told of its end, signed (`federated.RoundEnd`)."""
        ...

    def publish(self, round_id: int, artefact: bytes, card: Mapping[str, Any]) -> int:
        """Serve the model of a closed round; its version."""
        ...


class Carrier(Protocol):
    """Takes messages to devices and brings their answers.

    Contract:
        Concurrency: one exchange at a time.
        Durability: none. A message that is not delivered in time is lost.
        Order: none between devices.
        Errors: none for a device that does not answer, or answers with rubbish: it is not in what is returned, or its rubbish is.
        Absence: a device that is not reachable does not answer.
    """

    def exchange(self, step: str, messages: Mapping[bytes, bytes], seconds: float) -> Mapping[bytes, bytes]:
        """Take one message to each of these devices; the answers that are there by then, as soon as all are or the time is up."""
        ...
