"""What a person is told of their devices: which take part, which rounds they were in, and which versions still carry that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.fleet.bundles import read_bundle
from gateway.fleet.enrolments import Enrolments
from gateway.fleet.ports import FleetStore
from gateway.fleet.registry import ModelRegistry
from gateway.fleet.values import Device, ModelState, PartTaken
from gateway.gathering import Run
from privacy import SubjectRef


@dataclass(frozen=True, slots=True)
class Carried:
    """A version with a person's bounded influence in it."""

    version: int
    """The number of the version."""
    is_current: bool
    """Whether it is the one that is served."""
    until: int
    """From when on no device may use it at the latest (unix seconds)."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a person is told."""

    devices: Sequence[Device]
    """Theirs that take part."""
    parts: Sequence[PartTaken]
    """What became of all of theirs in each round."""
    carried: Sequence[Carried]
    """The versions that have them in and may still be used, the newest first."""


class Participation:
    """Answers a person's question. Keeps nothing."""

    def __init__(self, enrolments: Enrolments, registry: ModelRegistry, store: FleetStore, run: Run) -> None:
        """Ask these four."""
        self._enrolments = enrolments
        self._registry = registry
        self._store = store
        self._run = run

    async def of(self, ref: SubjectRef) -> Told:
        """What there is to say to a person, as of now."""
        parts: Sequence[PartTaken] = await self._run(self._store.parts_of, ref)
        rounds = {each.round_id for each in parts if each.status == "included"}
        carried = [
            Carried(each.version, each.state is ModelState.CURRENT, self._until(each.bundle))
            for each in self._registry.versions
            if each.round_id in rounds and each.state is not ModelState.RETIRED
        ]
        return Told(self._enrolments.devices_of(ref), parts, carried)

    def _until(self, bundle: bytes) -> int:
        return read_bundle(bundle, self._registry.signer.public).statement.expires_at
