"""What a person is told of their devices: which take part, which rounds they were in, and which versions still carry that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice

from audit import prove_inclusion, subtree_of
from gateway.errors import BundleError
from gateway.fleet.bundles import read_bundle
from gateway.fleet.enrolments import Enrolments
from gateway.fleet.ports import FleetStore
from gateway.fleet.registry import ModelRegistry
from gateway.fleet.rounds import Rounds
from gateway.fleet.values import Device, ModelState, PartTaken
from gateway.gathering import Run
from privacy import SubjectRef

PROVED_ROUNDS = 12
"""A person is given the proofs of the last so many rounds: each costs the hashes of a whole tree. Devices keep those before."""
_HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class Carried:
    """A version with a person's bounded influence in it."""

    version: int
    """The number of the version."""
    state: ModelState
    """What it is for: a retired one is given to no device any more, and used by those that have it until its time is over."""
    until: int
    """From when on no device may use it at the latest (unix seconds)."""


@dataclass(frozen=True, slots=True)
class Proof:
    """That one leaf is in the tree of a round."""

    end: bytes
    """What is said of the round's end, with the root, signed (`federated.RoundEnd`)."""
    size: int
    """How many leaves there are."""
    path: tuple[bytes, ...]
    """From the leaf to the root (RFC 6962), 32 bytes each."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a person is told."""

    devices: Sequence[Device]
    """Theirs that take part."""
    parts: Sequence[PartTaken]
    """What became of all of theirs in each round."""
    carried: Sequence[Carried]
    """The versions that have them in and that a device may still use, the newest first."""


class Participation:
    """Answers a person's question. Keeps nothing."""

    def __init__(  # who knows something
        self,
        enrolments: Enrolments,
        registry: ModelRegistry,
        rounds: Rounds,
        store: FleetStore,
        run: Run,
        now: Callable[[], int],
    ) -> None:
        """Ask these; `now` in unix seconds."""
        self._rounds = rounds
        self._now = now
        self._enrolments = enrolments
        self._registry = registry
        self._store = store
        self._run = run

    async def of(self, ref: SubjectRef) -> Told:
        """What there is to say to a person, as of now."""
        parts: Sequence[PartTaken] = await self._run(self._store.parts_of, ref)
        rounds = {each.round_id for each in parts if each.status == "included"}
        carried = [
            Carried(each.version, each.state, until)
            for each in self._registry.versions
            if each.round_id in rounds and self._now() < (until := self._until(each.bundle))
        ]
        return Told(self._enrolments.devices_of(ref), parts, carried)

    async def proofs_of(self, parts: Sequence[PartTaken]) -> dict[tuple[int, bytes], Proof]:
        """What a person can prove of these parts, by round and device: of the last `PROVED_ROUNDS` rounds that were closed."""
        return await asyncio.to_thread(self._proofs_of, parts)

    def _proofs_of(self, parts: Sequence[PartTaken]) -> dict[tuple[int, bytes], Proof]:
        found = {}
        asked = (
            self._rounds.find(number) for number in sorted({each.round_id for each in parts}, reverse=True)
        )
        closed = (
            each for each in asked if each is not None and each.closed_index is not None and each.leaves
        )
        for here in islice(closed, PROVED_ROUNDS):
            leaves = [here.leaves[at : at + _HASH_BYTES] for at in range(0, len(here.leaves), _HASH_BYTES)]
            subtree, end = cache(subtree_of(leaves)), self._rounds.end_of(here)
            for each in parts:
                if each.round_id == here.round_id:
                    path = prove_inclusion(each.place, len(leaves), subtree)
                    found[here.round_id, each.device] = Proof(end, len(leaves), tuple(path))
        return found

    def _until(self, bundle: bytes) -> int:
        """Until when a version may be used; 0 for one that no device takes which was enrolled under the key in use."""
        try:
            return read_bundle(bundle, self._registry.signer.public).statement.expires_at
        except BundleError:
            return 0
