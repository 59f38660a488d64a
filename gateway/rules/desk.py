"""Saving and removing rules and segments: in force first, then kept, then in the log; back again if it cannot be kept.

What is new counts from the log index at which it came into force, so that reading the log back leads to the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor

from audit import Kind, Outcome, Sequencer
from gateway.clock import Clock
from gateway.errors import Mistake, NotFoundError, UnavailableError
from gateway.evidence.entries import EntryWriter
from gateway.rules.checking import DefinitionInvalidError
from gateway.rules.definitions import (
    Definition,
    DefinitionKind,
    DefinitionStore,
    DefinitionsUnavailableError,
)
from gateway.rules.rulebook import Body, Held, Rulebook

MAX_DEFINITIONS = 500
"""Rules and segments together: what one signal may cost is bounded by those of its purpose and event."""


class RuleDesk:
    """Changes what is in force."""

    def __init__(
        self,
        *,
        rulebook: Rulebook,
        store: DefinitionStore,
        sequencer: Sequencer,
        writer: EntryWriter,
        clock: Clock,
        worker: Executor,
    ) -> None:
        """Change `rulebook`, keep in `store` on `worker`, log in `sequencer`."""
        self._rulebook = rulebook
        self._store = store
        self._sequencer = sequencer
        self._writer = writer
        self._clock = clock
        self._worker = worker
        self._lock = asyncio.Lock()

    async def put(self, kind: DefinitionKind, name: str, body: Body) -> Held:
        """Save a definition. It is in force, kept and logged on return.

        Raises:
            DefinitionInvalidError: it may not be saved as it is.
            UnavailableError: it cannot be kept; nothing was changed.
            LogUnavailableError: in force and kept, but not logged.
        """
        async with self._lock:
            known = self._rulebook.held.get((kind, name))
            if known is None and len(self._rulebook.held) >= MAX_DEFINITIONS:
                raise DefinitionInvalidError([Mistake("", "too_many")])
            if known is not None and known.body.purpose != body.purpose:
                raise DefinitionInvalidError([Mistake("purpose", "cannot_change")])
            before = None if known is None else known.definition
            index = self._index(body.purpose)
            held = self._rulebook.read(
                Definition(
                    kind=kind,
                    name=name,
                    body=body.model_dump_json().encode(),
                    version=1 if before is None else before.version + 1,
                    created=index if before is None else before.created,
                    since=index,
                )
            )
            await self._change(
                lambda: self._rulebook.put(held, index),
                lambda: self._store.save(held.definition, self._rulebook.kept_states()),
            )
            await self._log(f"{kind.value}_saved {name}", held.definition.version)
            return held

    async def remove(self, kind: DefinitionKind, name: str) -> None:
        """Take a definition out of force and out of the records.

        Raises:
            NotFoundError: there is none.
            DefinitionInvalidError: others read it.
            UnavailableError: it cannot be removed; nothing was changed.
            LogUnavailableError: removed, but not logged.
        """
        async with self._lock:
            if (kind, name) not in self._rulebook.held:
                raise NotFoundError
            if kind is DefinitionKind.SEGMENT and self._rulebook.readers_of(name):
                raise DefinitionInvalidError([Mistake("", "is_read_by_others")])
            await self._change(
                lambda: self._rulebook.take_out((kind, name)),
                lambda: self._store.remove(kind, name, self._rulebook.kept_states()),
            )
            await self._log(f"{kind.value}_removed {name}", 1)

    def _index(self, purpose: str) -> int:
        """The log index from which on signals of a purpose reach what comes into force now."""
        return self._sequencer.durable_size if self._rulebook.shows(purpose) else self._sequencer.size

    async def _change(self, change: Callable[[], None], keep: Callable[[], object]) -> None:
        held, kept = dict(self._rulebook.held), self._rulebook.kept()
        change()
        try:
            await asyncio.get_running_loop().run_in_executor(self._worker, keep)
        except DefinitionsUnavailableError:
            self._rulebook.replace(held, kept)
            raise UnavailableError from None

    async def _log(self, act: str, n: int) -> None:
        detail: dict[str, str | int] = {"act": act, "n": n}
        self._sequencer.append(self._writer.plain(Kind.ADMIN, Outcome.DONE, self._clock.now(), detail))
        await self._sequencer.wait_durable()
