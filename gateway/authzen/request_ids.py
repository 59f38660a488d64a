"""The caller's name for a request comes back with the answer, whatever the answer is.

Only on AuthZEN's paths, and only a name of printable ASCII of a moderate length: anything else is left out.

Source: OpenID AuthZEN Authorization API 1.0, section on request identification.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

REQUEST_ID = b"x-request-id"
"""The name of the header."""
_PRINTABLE = re.compile(rb"[!-~](?:[ -~]{0,254}[!-~])?").fullmatch


def naming(scope: Message, send: Send) -> Send:
    """What answers a request: `send`, which adds the caller's name for the request if it has one."""
    if "/access/v1/" not in scope["path"]:
        return send
    named = [value for name, value in scope["headers"] if name == REQUEST_ID]
    if len(named) != 1 or not _PRINTABLE(named[0]):
        return send

    async def send_with_name(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), (REQUEST_ID, named[0])]
        await send(message)

    return send_with_name
