"""Answers with which a connection ends, because nothing else would tell the client where they do.

- HTTP/1.0 knows no chunks: an answer whose length nobody told ends with the connection (RFC 9112, sections 6.1 and 6.3).
- A client that waits with its body until it is asked for (`Expect: 100-continue`), and is answered without having been asked,
  may send that body or not: what came next could be either (RFC 9110, section 10.1.1).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from uvicorn.protocols.http.flow_control import CLOSE_HEADER
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]
"""An ASGI application."""


def may_be_last(cycle: RequestResponseCycle) -> bool:
    """Whether a request is one of those whose answer may be the connection's last."""
    return cycle.waiting_for_100_continue or cycle.scope["http_version"] == "1.0"


def ending_there(app: App, cycle: RequestResponseCycle) -> App:
    """The application, for one request that `may_be_last`."""
    is_old = cycle.scope["http_version"] == "1.0"

    async def answer(scope: Any, receive: Any, send: Send) -> None:
        has_length = True

        async def tell(message: Message) -> None:
            nonlocal has_length
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                if is_old and all(name.lower() != b"content-length" for name, _ in headers):
                    has_length = cycle.chunked_encoding = False
                if cycle.waiting_for_100_continue and CLOSE_HEADER not in headers:
                    headers.append(CLOSE_HEADER)
                message = {**message, "headers": headers}
            elif not has_length:
                cycle.expected_content_length = len(message.get("body", b""))
            await send(message)

        await app(scope, receive, tell)

    return answer
