"""How serving ends for clients: whoever is still answered is told that the connection ends (RFC 9112, section 9.6).

Who is not told before it is closed cannot know whether their next request was taken, and sees a connection that was reset.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.flow_control import CLOSE_HEADER
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from gateway.edge.connections import BoundedProtocol, is_answered
from gateway.edge.shortcut import Shortcut

LAST_REQUESTS_SECONDS = 0.2
"""How long clients that ask one thing after the other have for the request whose answer tells them."""


async def tell_clients(state: ServerState, shortcut: Shortcut) -> None:
    """Let every answer that begins from now on say `Connection: close`, and give clients the time to ask for one."""
    announce_end(state, shortcut)
    if state.connections:
        await asyncio.sleep(LAST_REQUESTS_SECONDS)


def announce_end(state: ServerState, shortcut: Shortcut) -> None:
    """Let every answer that begins from now on be its connection's last, and say so.

    Where requests wait for their turn on a connection, the last of those that are here is answered so, and nothing behind it.
    """
    shortcut.end()
    state.default_headers = [*state.default_headers, CLOSE_HEADER]
    for each in list(state.connections):
        if not isinstance(each, BoundedProtocol) or is_answered(each.cycle):
            continue
        each.cycle.keep_alive = False
        if isinstance(each.cycle, RequestResponseCycle):
            each.cycle.default_headers = state.default_headers
