"""The caller's name for a request comes back with the answer, whatever the answer is.

Only on AuthZEN's paths, and only a name of printable ASCII of a moderate length: anything else is left out.

Source: OpenID AuthZEN Authorization API 1.0, section on request identification.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

_HEADER = b"x-request-id"
_PRINTABLE = re.compile(rb"[!-~](?:[ -~]{0,254}[!-~])?").fullmatch


class RequestIds:
    """An ASGI app that adds `X-Request-ID` to the answers of another."""

    def __init__(self, app: App) -> None:
        """Add it to the answers of `app`."""
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or "/access/v1/" not in scope["path"]:
            await self._app(scope, receive, send)
            return
        named = [value for name, value in scope["headers"] if name == _HEADER]

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start" and len(named) == 1 and _PRINTABLE(named[0]):
                message["headers"] = [*message.get("headers", ()), (_HEADER, named[0])]
            await send(message)

        await self._app(scope, receive, send_with_id)
