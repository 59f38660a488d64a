"""An entry that a command writes: through the socket of the running gateway, or into the log of a stopped one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from gateway.cli.asking import is_running

if TYPE_CHECKING:
    from audit import Kind
    from gateway.settings.reading import Settings


def append_entry(settings: Settings, kind: Kind, detail: Mapping[str, str | int]) -> int:
    """Put an entry about nobody into the log; its index, once it is durable.

    Raises:
        AuditError: the log cannot take it.
        IntakeError: whether it was taken is unknown.
        GatewayError: the data directory cannot be opened.
    """
    from gateway.directory.policy_file import read_policy
    from gateway.reporting.recording import record_beside

    if is_running(settings):
        return record_beside(settings, read_policy(settings.directory), lambda: int(time.time()), kind)(
            detail
        )
    return asyncio.run(_append_stopped(settings, kind, detail))


async def _append_stopped(settings: Settings, kind: Kind, detail: Mapping[str, str | int]) -> int:
    from audit import Outcome
    from gateway.bootstrap import open_stopped

    async with open_stopped(settings) as stopped:
        entry = stopped.writer.plain(kind, Outcome.DONE, int(time.time()), detail)
        index = stopped.sequencer.append(entry)
        await stopped.sequencer.wait_durable()
        return index
