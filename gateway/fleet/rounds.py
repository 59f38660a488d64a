"""Rounds as the gateway keeps them: opened, looked at twice, paid for, closed.

- Looking at consent and appending the entry that says at which place of the log it was looked at is one step of the loop: every
  denial whose entry stands before that place counted, and so did those that were not in the log yet.
- What a round spends is booked on the one budget, durably, before anything is unmasked; nothing is ever given back.
- Whoever drives rounds keeps nothing: after a crash of either side, the next round begins by ending the one that was broken off.
  One that another driver has under way is not ended: its time has to be over.
- Whose device broke a sum is not asked in the rounds that follow.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec.structs import replace

from audit import Kind, Outcome, Sequencer
from federated import (
    DocumentUse,
    Looked,
    OpenRound,
    Part,
    Standing,
    Terms,
    read_manifest,
    read_record,
)
from gateway.clock import Clock
from gateway.errors import FleetRefusedError
from gateway.evidence.entries import EntryWriter
from gateway.fleet.bundles import Signer
from gateway.fleet.enrolments import Enrolments
from gateway.fleet.judging import judge_manifest, judge_record, micro_rho_of
from gateway.fleet.ports import FleetStore
from gateway.fleet.round_ends import (
    MAX_LEAVES,
    entry_of_end,
    included_in,
    kept_parts,
    spent_rho_in,
    statement_of_end,
)
from gateway.fleet.set_aside import SET_ASIDE_ROUNDS, SetAside
from gateway.fleet.spending import RoundSpending
from gateway.fleet.values import PartTaken, Round, RoundState
from gateway.gathering import Run


class Rounds:
    """Every round. Lives on the event loop; one step at a time."""

    def __init__(  # noqa: PLR0913  # what a round touches
        self,
        *,
        enrolments: Enrolments,
        clock: Clock,
        writer: EntryWriter,
        sequencer: Sequencer,
        store: FleetStore,
        run: Run,
        signer: Signer,
        origin: str,
        terms: Callable[[], Terms],
        spending: RoundSpending,
    ) -> None:
        """Know no round yet; see `load`.

        Args:
            enrolments: who takes part.
            clock: the gateway's.
            writer: makes entries.
            sequencer: the log.
            store: where rounds are kept.
            run: the way to it.
            signer: signs manifests, and what devices are told at the end.
            origin: the log's name.
            terms: what the next manifest must say.
            spending: books what they cost.
        """
        self.terms = terms
        """What the next manifest must say."""
        self._enrolments = enrolments
        self._clock = clock
        self._writer = writer
        self._sequencer = sequencer
        self._store = store
        self._run = run
        self._signer = signer
        self._origin = origin
        self._spending = spending
        self._rounds: dict[int, Round] = {}
        self._drivers: dict[int, str] = {}
        self._told: dict[bytes, Part] = {}
        self._aside = SetAside()
        self._lock = asyncio.Lock()

    async def load(self) -> None:
        """Take up what the store has, and settle what is over and was not settled.

        Raises:
            BudgetStoreError: the books cannot be read or written.
        """
        self._rounds = {each.round_id: each for each in await self._run(self._store.rounds)}
        for each in self.all():
            if each.state is not RoundState.OPEN:
                await self._spending.settle(each)
        for each in [each for each in self.all() if each.record][-SET_ASIDE_ROUNDS:]:
            self._set_aside(each.round_id, await self._run(self._store.parts_in, each.round_id))

    @property
    def budget_micro_rho(self) -> int:
        """What all rounds together may spend, in millionths of rho."""
        return min(each.most.micro_rho for each in self._spending.quotas)

    @property
    def spent_micro_rho(self) -> int:
        """What all rounds have reserved so far."""
        return sum(each.spent_micro_rho for each in self._rounds.values())

    @property
    def spent_rho(self) -> str:
        """The same, exactly: a decimal number."""
        return spent_rho_in(self._rounds.values())

    def all(self) -> list[Round]:
        """Every round, in order."""
        return [self._rounds[number] for number in sorted(self._rounds)]

    def find(self, round_id: int) -> Round | None:
        """A round, if there was one of this number."""
        return self._rounds.get(round_id)

    async def open(self, manifest: bytes, driver: str = "") -> OpenRound:
        """Begin a round: judge and sign what devices will be shown, and say so in the log. Ends one that was broken off.

        The round of another driver is ended when its time is over, and not before.

        Raises:
            FleetRefusedError: the manifest cannot be read, is of other terms, was here before, or costs more than is left; or
                another drives a round.
            LogUnavailableError: nothing was begun.
        """
        async with self._lock:
            under_way = [each for each in self.all() if each.state is RoundState.OPEN]
            if any(self._is_of_another(each, driver) for each in under_way):
                raise FleetRefusedError("under_way")
            for each in under_way:
                await self._abort(each)
            said = judge_manifest(manifest, self.terms(), self.all(), self._clock.now())
            if not await self._spending.would_fit(micro_rho_of(said)):
                raise FleetRefusedError("budget")
            now, number = self._clock.now(), max(self._rounds, default=0) + 1
            digest = hashlib.sha256(manifest).hexdigest()
            detail: dict[str, str | int] = {"round": number, "version": said.version, "manifest": digest}
            index = await self._record("opened", detail)
            await self._keep(
                Round(
                    round_id=number,
                    state=RoundState.OPEN,
                    opened_at=now,
                    manifest=manifest,
                    opened_index=index,
                )
            )
            self._drivers, self._told = {number: driver}, {}
            return OpenRound(number, self._signer.sign(DocumentUse.MANIFEST, manifest), self.spent_rho)

    async def look(self, round_id: int, devices: Iterable[bytes]) -> Looked:
        """Ask for the consent of those who are to be asked; the place in the log is the first of the two.

        Raises:
            FleetRefusedError: the round is not at this point.
            LogUnavailableError: nothing may go on.
        """
        async with self._lock:
            here = self._open_round(round_id)
            if here.sampled_index is not None:
                raise FleetRefusedError("round_step")
            looked = await self._look(round_id, devices, "asked")
            await self._keep(replace(here, sampled_index=looked.index))
            return looked

    async def look_again(self, round_id: int, devices: Iterable[bytes]) -> Looked:
        """Ask again, when everything is uploaded and nothing is unmasked, and reserve what unmasking spends.

        Raises: as `look`; also if the budget does not have it.
        """
        async with self._lock:
            here = self._open_round(round_id)
            if here.sampled_index is None or here.rechecked_index is not None:
                raise FleetRefusedError("round_step")
            micro_rho = micro_rho_of(read_manifest(here.manifest))
            await self._spending.reserve(here, micro_rho)
            await self._keep(replace(here, spent_micro_rho=micro_rho))
            looked = await self._look(round_id, devices, "checked", micro_rho=micro_rho)
            await self._keep(replace(self._rounds[round_id], rechecked_index=looked.index))
            return looked

    async def tell(self, round_id: int, parts: Iterable[Part]) -> int:
        """Hear what became of some devices, before the round is ended; said again, the last word counts. Of how many it is known.

        Raises:
            FleetRefusedError: the round is not open, or it is of more devices than a round can have.
        """
        async with self._lock:
            self._open_round(round_id)
            heard = self._told | {each.device: each for each in parts}
            if len(heard) > MAX_LEAVES:
                raise FleetRefusedError("record")
            self._told = heard
            return len(heard)

    async def close(self, round_id: int, record: bytes) -> tuple[Round, bytes]:
        """End a round of whose devices all was told, with its record; it, and what devices are given of its end.

        Raises:
            FleetRefusedError: the round is not open, or the record says something else than is known here.
            LogUnavailableError: it stays open; the next one ends it.
        """
        async with self._lock:
            here = self._open_round(round_id)
            ordered = sorted(self._told.values(), key=lambda each: each.leaf)
            said = judge_record(record, here, ordered, self._enrolments.find)
            kept = kept_parts(round_id, ordered, self._enrolments.find)
            index = await self._record("closed", entry_of_end(round_id, record, said))
            leaves = b"".join(each.leaf for each in ordered)
            closed = replace(here, state=RoundState.CLOSED, record=record, leaves=leaves, closed_index=index)
            await self._keep(closed, kept)
            await self._spending.settle(closed)
            self._told = {}
            self._set_aside(round_id, kept)
            return closed, self.end_of(closed)

    def end_of(self, closed: Round) -> bytes:
        """What devices are given of the end of a closed round, signed."""
        return statement_of_end(closed, self._signer, self._origin)

    @property
    def next_version(self) -> int:
        """The version after all that rounds have made, those included that a crash kept from being served."""
        made = [each for each in self._rounds.values() if each.record and read_record(each.record).model]
        return max((read_manifest(each.manifest).version for each in made), default=0) + 1

    def made(self, round_id: int, artefact: str) -> int | None:
        """As which version the record of a round names an artefact by this SHA-256 (hexadecimal); None if it does not."""
        found = self._rounds.get(round_id)
        if found is None or found.record is None or read_record(found.record).model != artefact:
            return None
        return read_manifest(found.manifest).version

    async def has_lost_somebody(self, round_id: int) -> bool:
        """Whether anybody who is in the sum of a round has left since, or was erased."""
        parts: Sequence[PartTaken] = await self._run(self._store.parts_in, round_id)
        included = [each for each in parts if each.status == Standing.INCLUDED.value]
        if any(not self._enrolments.is_live(each.device) for each in included):
            return True
        return len(included) < included_in(self._rounds.get(round_id))

    def _is_of_another(self, here: Round, driver: str) -> bool:
        """Whether somebody else drives this round still; of one that was begun before this process nobody knows."""
        by = self._drivers.get(here.round_id, driver)
        return by != driver and self._clock.now() < read_manifest(here.manifest).closes_at

    def _set_aside(self, round_id: int, parts: Iterable[PartTaken]) -> None:
        self._aside.note(round_id, parts)
        self._enrolments.set_aside(self._aside.people)

    def _open_round(self, round_id: int) -> Round:
        here = self._rounds.get(round_id)
        if here is None or here.state is not RoundState.OPEN:
            raise FleetRefusedError("round_step")
        return here

    async def _look(self, round_id: int, devices: Iterable[bytes], act: str, **more: int) -> Looked:
        asked = list(devices)
        live = frozenset(name for name in asked if self._enrolments.is_live(name))
        index = self._append(act, {"round": round_id, "asked": len(asked), "live": len(live), **more})
        await self._sequencer.wait_durable()
        return Looked(live, index)

    async def _abort(self, here: Round) -> None:
        aborted = replace(here, state=RoundState.ABORTED)
        spent = await self._spending.settle(aborted)
        index = await self._record("broken_off", {"round": here.round_id, "micro_rho": spent})
        await self._keep(replace(aborted, spent_micro_rho=spent, closed_index=index))

    async def _keep(self, round_: Round, parts: Sequence[PartTaken] = ()) -> None:
        await self._run(self._store.put_round, round_, parts)
        self._rounds[round_.round_id] = round_

    async def _record(self, act: str, detail: Mapping[str, str | int]) -> int:
        index = self._append(act, detail)
        await self._sequencer.wait_durable()
        return index

    def _append(self, act: str, detail: Mapping[str, str | int]) -> int:
        entry = self._writer.plain(Kind.ROUND, Outcome.DONE, self._clock.now(), {"act": act, **detail})
        return self._sequencer.append(entry)
