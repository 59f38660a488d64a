"""Calls to the records, gathered: those that come in while the worker is busy are carried out together.

- A commit costs several syncs of the disk, whatever is in it. Alone, a call waits for nobody; under load, a commit carries many.
- Calls are carried out in the order in which they came, each all or nothing (`consent.CallGroups`).
- A group is small, because whoever reads the records meanwhile waits for it.
- Nothing is carried out less because its caller stopped waiting: a withdrawal goes on when the connection is gone.

Lives on the event loop; the calls run on the worker.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Any, ParamSpec, Protocol, TypeVar

from consent import CallGroups, CallResult

MOST_TOGETHER = 16
"""Calls in one group."""

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Run(Protocol):
    """Carries out a call to the records, as `Gathering.run` does."""

    async def __call__(self, call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """What the call returned, once it is durable; it raises whatever the call raised."""
        ...


class Gathering:
    """The way to the records for whoever writes often."""

    def __init__(self, groups: CallGroups, worker: Executor) -> None:
        """Carry out calls by `groups`, on `worker`, whose calls run one at a time."""
        self._groups = groups
        self._worker = worker
        self._waiting: deque[tuple[Callable[[], object], asyncio.Future[Any]]] = deque()
        self._busy = False

    async def run(self, call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Carry out a call; what it returned, once it is durable.

        Raises:
            Exception: whatever the call raised.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[_T] = loop.create_future()
        self._waiting.append((partial(call, *args, **kwargs), done))
        if not self._busy:
            self._busy = True
            loop.call_soon(self._send)  # what else comes in this turn of the loop goes with it
        return await done

    def _send(self) -> None:
        group = [self._waiting.popleft() for _ in range(min(MOST_TOGETHER, len(self._waiting)))]
        calls, waiters = [call for call, _ in group], [done for _, done in group]
        loop = asyncio.get_running_loop()
        try:
            job = loop.run_in_executor(self._worker, self._groups.together, calls)
        except RuntimeError as failure:  # the worker has ended
            self._answer(waiters, [CallResult(None, failure)] * len(waiters))
        else:
            job.add_done_callback(partial(self._settle, waiters))

    def _settle(self, waiters: Sequence[asyncio.Future[Any]], job: asyncio.Future[list[CallResult]]) -> None:
        failure = job.exception()
        if failure is None:
            self._answer(waiters, job.result())
        elif isinstance(failure, Exception):
            self._answer(waiters, [CallResult(None, failure)] * len(waiters))
        else:
            raise failure

    def _answer(self, waiters: Sequence[asyncio.Future[Any]], results: Sequence[CallResult]) -> None:
        for done, result in zip(waiters, results, strict=True):
            if done.cancelled():
                continue
            if result.failure is None:
                done.set_result(result.value)
            else:
                done.set_exception(result.failure)
        if self._waiting:
            self._send()
        else:
            self._busy = False
