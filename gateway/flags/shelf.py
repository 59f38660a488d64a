"""The flags in force: stored first, then used, then in the log.

A flag is nobody's data; its changes are in the log because an evaluation can only be explained by the flags of that moment: every
evaluation names their digest. What a split promised is kept beyond its end (`EndedSplits`).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Executor
from contextlib import suppress
from functools import partial
from typing import ParamSpec, TypeVar

import msgspec

from audit import Kind, Outcome, Sequencer
from consent import Policy, StoreCorruptError
from gateway.clock import Clock
from gateway.errors import FlagRefusedError
from gateway.evidence.entries import EntryWriter
from gateway.flags.checking import FlagRule, check_change, check_flag
from gateway.flags.ended_splits import EndedSplits, encode_split, ending
from gateway.flags.model import (
    ExperimentPart,
    Flag,
    ReadyFlag,
    SplitPart,
    decode_flag,
    encode_flag,
)
from gateway.flags.ports import FlagStore

_DIGEST_BYTES = 16
_P = ParamSpec("_P")
_T = TypeVar("_T")


class FlagShelf:
    """Keeps flags. Lives on the event loop; stores on a worker."""

    def __init__(  # noqa: PLR0913  # everything a change touches
        self,
        *,
        store: FlagStore,
        policy: Policy,
        context_fields: Collection[str],
        max_flags: int,
        writer: EntryWriter,
        sequencer: Sequencer,
        clock: Clock,
        worker: Executor,
    ) -> None:
        """Keep flags in `store`; see `FlagSettings` for the bounds."""
        self._store = store
        self._policy = policy
        self._context_fields = frozenset(context_fields)
        self._max_flags = max_flags
        self._writer = writer
        self._sequencer = sequencer
        self._clock = clock
        self._worker = worker
        self._lock = asyncio.Lock()
        self._flags: dict[str, ReadyFlag] = {}
        self._stored: dict[str, Flag] = {}
        self._ended = EndedSplits()
        self.digest = ""
        """Of all flags in force, in hexadecimal."""
        self.changed_at = 0
        """When they last changed (unix seconds)."""
        self.experiments: dict[str, tuple[SplitPart, ExperimentPart]] = {}
        """Every experiment, by its name."""
        self.on_change: list[Callable[[], object]] = []
        """Who must know of every change."""

    def load_all(self) -> None:
        """Take up what is stored. A flag that the policy or this version permits no more is `not_in_force`.

        Raises:
            StoreUnavailableError, StoreCorruptError: it cannot be read.
        """
        try:
            self._stored = {key: decode_flag(body) for key, body in self._store.load_all()}
            self._ended.take_up(self._store.load_ended())
        except msgspec.DecodeError:
            raise StoreCorruptError("a flag cannot be read") from None
        for key, flag in self._stored.items():
            with suppress(FlagRefusedError):
                self._flags[key] = check_flag(flag, self._policy, self._context_fields)
        self._count_up()

    def get(self, key: str) -> ReadyFlag | None:
        """Return one flag."""
        return self._flags.get(key)

    def all(self) -> list[ReadyFlag]:
        """Every flag, by key."""
        return [self._flags[key] for key in sorted(self._flags)]

    def not_in_force(self) -> list[str]:
        """The keys of flags that are stored and cannot be in force, in order: apps fall back to their own default."""
        return sorted(self._stored.keys() - self._flags.keys())

    async def put(self, flag: Flag) -> None:
        """Take a flag into force. It is stored, in force and in the log on return.

        Raises:
            FlagRefusedError: it cannot be; nothing was changed.
            StoreUnavailableError: it could not be stored; nothing was changed.
            LogUnavailableError: it is in force, but not in the log.
        """
        async with self._lock:
            ready = check_flag(flag, self._policy, self._context_fields)
            old, now = self._stored.get(flag.key), self._clock.now()
            others = [each for key, each in self._stored.items() if key != flag.key]
            check_change(flag, old, others, now, self._ended.binding(flag))
            if (old is None and len(others) >= self._max_flags) or not self._ended.has_room_for(flag, old):
                raise FlagRefusedError(FlagRule.TOO_MANY)
            ended = ending(old, flag, now)
            await self._keep(self._store.put, flag.key, encode_flag(flag), ended=_packed(ended))
            self._ended.note(flag.key, ended)
            self._stored[flag.key] = flag
            self._flags[flag.key] = ready
            await self._changed("flag_put", flag.key)

    async def delete(self, key: str) -> bool:
        """Take a flag out of force. Says whether it was there.

        Raises:
            StoreUnavailableError, LogUnavailableError: as `put`.
        """
        async with self._lock:
            ended = ending(self._stored.get(key), None, self._clock.now())
            found = await self._keep(self._store.delete, key, ended=_packed(ended))
            self._ended.note(key, ended)
            self._stored.pop(key, None)
            if self._flags.pop(key, None) is not None or found:
                await self._changed("flag_deleted", key)
            return found

    async def _keep(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Have the store do something."""
        run = asyncio.get_running_loop().run_in_executor
        return await run(self._worker, partial(work, *args, **kwargs))

    async def _changed(self, act: str, key: str) -> None:
        self._count_up()
        for tell in self.on_change:
            tell()
        detail = {"act": act, "flag": key, "flags": self.digest}
        self._sequencer.append(self._writer.plain(Kind.ADMIN, Outcome.DONE, self._clock.now(), detail))
        await self._sequencer.wait_durable()

    def _count_up(self) -> None:
        flags = [each.flag for each in self.all()]
        bodies = b"\n".join(map(encode_flag, flags))
        self.digest = hashlib.blake2b(bodies, digest_size=_DIGEST_BYTES).hexdigest()
        self.changed_at = self._clock.now()
        self.experiments = {part.id: (split, part) for flag in flags for split, part in flag.experiments()}


def _packed(ended: Mapping[str, SplitPart]) -> dict[str, bytes]:
    return {salt: encode_split(split) for salt, split in ended.items()}
