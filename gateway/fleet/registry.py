"""Which version of a model is served: published after it was tried, gone back from, retired when somebody who is in it withdrew.

Every step is an entry of the log before it is in force, and names the artefact by its digest. What is served is one reference
to bytes that never change: whoever reads them meanwhile keeps the old ones.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from msgspec.structs import replace

from audit import LogUnavailableError, Sequencer
from gateway.clock import Clock
from gateway.errors import BundleError, FleetRefusedError, NoSuchModelError
from gateway.evidence.entries import EntryWriter
from gateway.fleet.bundles import GOES_ON_FROM, Signer, digest_in, make_bundle, read_bundle
from gateway.fleet.ports import FleetStore
from gateway.fleet.values import MODEL_NAME, ModelState, PublishedModel
from gateway.gathering import Run

KEPT_VERSIONS = 8
"""Versions that can be gone back to."""


class ModelRegistry:
    """The versions of one model. Lives on the event loop."""

    def __init__(  # noqa: PLR0913  # what a publication touches
        self,
        *,
        store: FleetStore,
        run: Run,
        signer: Signer,
        origin: str,
        writer: EntryWriter,
        sequencer: Sequencer,
        clock: Clock,
        lifetime_seconds: int,
        try_out: Callable[[bytes, bytes | None], str | None],
        has_lost_somebody: Callable[[int], Awaitable[bool]],
        version_of: Callable[[int, str], int | None],
        serve: Callable[[PublishedModel], Awaitable[None]],
    ) -> None:
        """Serve nothing yet; see `load`.

        Args:
            store: where versions are kept.
            run: the way to it.
            signer: signs what devices are given.
            origin: the log's name.
            writer: makes entries.
            sequencer: the log.
            clock: the gateway's.
            lifetime_seconds: how long devices may use a version.
            try_out: ranks with a new artefact, beside the present one; a reason not to publish it, or None.
            has_lost_somebody: whether anybody who is in the sum of a round has left since.
            serve: lets the gateway itself rank with a version.
            version_of: as which version the record of a round names an artefact by this digest, if it does.
        """
        self.signer = signer
        """Signs what devices are given."""
        self._store = store
        self._run = run
        self._origin = origin
        self._writer = writer
        self._sequencer = sequencer
        self._clock = clock
        self._lifetime = lifetime_seconds
        self._try_out = try_out
        self._has_lost_somebody = has_lost_somebody
        self._version_of = version_of
        self._serve = serve
        self._versions: dict[int, PublishedModel] = {}
        self._lock = asyncio.Lock()
        self.current: PublishedModel | None = None
        """What is served, if anything is."""

    async def load(self) -> None:
        """Take up what the store has: only what was signed here, and whose entry is in the log."""
        for each in await self._run(self._store.models):
            kept = each
            if kept.state is not ModelState.RETIRED and not self._is_ours(kept):
                kept = replace(kept, state=ModelState.RETIRED)
            self._versions[kept.version] = kept
            if kept.state is ModelState.CURRENT:
                self.current = kept
                await self._serve(kept)
        await self._say_what_is_gone_on_from()

    @property
    def versions(self) -> list[PublishedModel]:
        """Every version, the newest first."""
        return [self._versions[number] for number in sorted(self._versions, reverse=True)]

    @property
    def next_version(self) -> int:
        """The least number that the version to come may have."""
        return max(self._versions, default=0) + 1

    @property
    def parent(self) -> str | None:
        """SHA-256 of the artefact of the last version, in hexadecimal, served or not, also if another key signed it."""
        return digest_in(self.versions[0].bundle).hex() if self._versions else None

    async def publish(self, artefact: bytes, card: Mapping[str, Any], round_id: int) -> PublishedModel:
        """Try an artefact, announce it in the log, sign it, and serve it from the very next request on.

        Raises:
            FleetRefusedError: it is not the one of the round's record, or did not stand the trial.
            LogUnavailableError: nothing is published.
        """
        async with self._lock:
            version = self._version_of(round_id, hashlib.sha256(artefact).hexdigest())
            if version is None or version < self.next_version:
                raise FleetRefusedError("not_of_round")
            reason = self._try_out(artefact, self._artefact(self.current))
            if reason is not None:
                await self._record("federated_refused", artefact, {"round": round_id, "reason": reason})
                raise FleetRefusedError(reason)
            index = await self._record(
                "federated_published", artefact, {"round": round_id, "version": version}
            )
            fresh = self._made(version, artefact, card, round_id, index)
            await self._settle([fresh, *await self._stepped_down(self.current)])
            with suppress(LogUnavailableError):  # it is in force: only that it is kept is not said
                await self._record("federated_in_force", artefact, {"round": round_id, "version": version})
            return fresh

    async def roll_back(self) -> PublishedModel:
        """Serve the version before the present one again.

        Raises:
            NoSuchModelError: there is none.
            FleetRefusedError: somebody who is in it withdrew since: it is retired instead.
            LogUnavailableError: nothing is changed.
        """
        async with self._lock:
            current = self.current
            before = [
                each
                for each in self.versions
                if current is not None
                and each.version < current.version
                and each.state is ModelState.PREVIOUS
            ]
            if current is None or not before:
                raise NoSuchModelError
            target = before[0]
            if await self._has_lost_somebody(target.round_id):
                await self._settle([replace(target, state=ModelState.RETIRED)])
                raise FleetRefusedError("retired")
            again = await self._again(target, current.version)
            await self._settle([again, replace(current, state=ModelState.PREVIOUS)])
            return again

    async def _again(self, target: PublishedModel, instead_of: int) -> PublishedModel:
        """An earlier version as it is served again, with its entry, and with what the next round goes on from."""
        told = read_bundle(target.bundle, self.signer.public)
        detail = {"version": target.version, "from_version": instead_of}
        index = await self._record("federated_rolled_back", told.artefact, detail)
        card = told.statement.card | {GOES_ON_FROM: self.parent}
        return self._made(target.version, told.artefact, card, target.round_id, index)

    async def _say_what_is_gone_on_from(self) -> None:
        """Serve anew what an earlier gateway went back to without saying what the next round goes on from: devices that hold it
        refuse that round, and only a round could give them another.
        """
        current = self.current
        if current is None or current.version == self.versions[0].version:
            return
        if GOES_ON_FROM not in read_bundle(current.bundle, self.signer.public).statement.card:
            with suppress(LogUnavailableError):  # the next start tries again
                await self._settle([await self._again(current, self.versions[0].version)])

    async def _stepped_down(self, before: PublishedModel | None) -> list[PublishedModel]:
        """The versions before a new one, as they stand from then on: who lost somebody is retired."""
        changed = []
        for place, each in enumerate(self.versions):
            if each.state is ModelState.RETIRED:
                continue
            lost = place >= KEPT_VERSIONS or await self._has_lost_somebody(each.round_id)
            state = ModelState.RETIRED if lost else ModelState.PREVIOUS
            if state is not each.state or each is before:
                changed.append(replace(each, state=state))
        return changed

    def _made(
        self, version: int, artefact: bytes, card: Mapping[str, Any], round_id: int, index: int
    ) -> PublishedModel:
        now = self._clock.now()
        statement = {
            "name": MODEL_NAME,
            "version": version,
            "card": dict(card),
            "published_at": now,
            "expires_at": now + self._lifetime,
            "log": {"index": index, "origin": self._origin},
        }
        return PublishedModel(
            name=MODEL_NAME,
            version=version,
            state=ModelState.CURRENT,
            round_id=round_id,
            bundle=make_bundle(statement, artefact, self.signer),
            log_index=index,
            published_at=now,
        )

    async def _settle(self, changed: list[PublishedModel]) -> None:
        await self._run(self._store.put_models, changed)
        for each in changed:
            self._versions[each.version] = each
            if each.state is ModelState.CURRENT:
                self.current = each
                await self._serve(each)

    async def _record(self, act: str, artefact: bytes, detail: Mapping[str, str | int]) -> int:
        digest = hashlib.sha256(artefact).digest()
        index = self._sequencer.append(
            self._writer.model(digest, self._clock.now(), {"act": act, "model": MODEL_NAME, **detail})
        )
        await self._sequencer.wait_durable()
        return index

    def _is_ours(self, kept: PublishedModel) -> bool:
        try:
            told = read_bundle(kept.bundle, self.signer.public)
        except BundleError:
            return False
        said = (told.statement.version, told.statement.log.index)
        return said == (kept.version, kept.log_index) and kept.log_index < self._sequencer.durable_size

    def _artefact(self, model: PublishedModel | None) -> bytes | None:
        return None if model is None else read_bundle(model.bundle, self.signer.public).artefact
