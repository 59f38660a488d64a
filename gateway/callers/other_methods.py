"""`HEAD` and `OPTIONS`, which no route names: what a `GET` would say without its body, and what a path takes.

What a `GET` only shows can be asked about. What one does (it takes an event, hands a person's data out, looks who has left a
segment by now) is not done for a head, and a stream without its body would be one that never ends: these have no `HEAD`. A
proxy's question (`/ext_authz`) brings the method of somebody else's request, which is never ours to answer.

Must not know: which routes there are.

Source: RFC 9110, sections 9.3.2 (`HEAD`), 9.3.7 (`OPTIONS`), 10.2.1 (`Allow`).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from starlette.routing import BaseRoute, Match

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

HEADLESS = re.compile(r"/v1/stream|/ofrep/v1/stream|/pixel/.*|/v1/rights/[^/]*/report|/v1/segments(/.*)?")
"""Paths whose `GET` never ends, or does more than show something."""

_ROUTED = ("DELETE", "GET", "PATCH", "POST", "PUT")

ASKED_FOR_OTHERS = "/ext_authz"
"""Whatever lies here is asked with the methods of other people's requests."""


def is_ours(scope: Scope) -> bool:
    """Whether the method of a request is meant for this gateway, and not brought along by a proxy that asks."""
    path: str = scope["path"]
    return path != ASKED_FOR_OTHERS and not path.startswith(f"{ASKED_FOR_OTHERS}/")


def as_read(scope: Scope) -> Scope:
    """A `HEAD` as the `GET` whose head it is; the server knows what was asked, and sends no body."""
    if scope["method"] == "HEAD" and is_ours(scope) and not HEADLESS.fullmatch(scope["path"]):
        return {**scope, "method": "GET"}
    return scope


def telling_methods(scope: Scope, send: Send) -> Send:
    """What answers an `OPTIONS` that a route refuses as it refuses every method it has not got: with those it has."""
    if scope["method"] != "OPTIONS" or not is_ours(scope):
        return send
    told = False

    async def tell(message: MutableMapping[str, Any]) -> None:
        nonlocal told
        if message["type"] == "http.response.start" and message["status"] == 405:
            told = True
            allow = [line for line in message["headers"] if line[0].lower() == b"allow"]
            message = {**message, "status": 204, "headers": allow}
        elif told:
            message = {**message, "body": b""}
        await send(message)

    return tell


def methods_of(routes: Iterable[BaseRoute], scope: Scope) -> str:
    """Every method of a path, as the header `Allow` lists them: of all its routes, and the two that each path has."""
    known = list(routes)
    found = {
        method
        for method in _ROUTED
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in known)
    }
    if "GET" in found and not HEADLESS.fullmatch(scope["path"]):
        found.add("HEAD")
    return ", ".join(sorted(found | {"OPTIONS"}))
