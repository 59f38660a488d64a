"""Fits `gateway.edge.problems` into FastAPI and around an ASGI app.

- FastAPI's own answer to an invalid body repeats that body; here it is replaced by pointers and codes.
- Whatever else goes wrong inside the app ends at `ProblemBoundary`: the caller gets `internal`, the operator learns the
  kind of the exception and the `instance`, and nobody sees its text.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from functools import cache
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from gateway.callers.other_methods import methods_of
from gateway.edge.problem_kinds import BODY_INVALID, INTERNAL, VALIDATION_FAILED
from gateway.edge.problems import (
    EXPECTED_ERRORS,
    MAX_LISTED_ERRORS,
    ProblemResponse,
    ProblemWriter,
    Send,
    problem_of_status,
)

OnFault = Callable[[str, str], None]
"""Learns the name of an exception's class, and the `instance` that the caller was given."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_REPORTED = "volens.fault_reported"
_KEPT_HEADERS = frozenset({"retry-after", "www-authenticate"})


class ProblemBoundary:
    """An ASGI app that never fails: the outermost one."""

    def __init__(self, app: App, writer: ProblemWriter, on_fault: OnFault) -> None:
        """Guard the application `app`."""
        self._app = app
        self._writer = writer
        self._on_fault = on_fault

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; answer it if the app cannot."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watch(message: MutableMapping[str, Any]) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:  # noqa: BLE001 - the boundary: beyond it the server would log the exception's text
            answer = self._writer.respond(error)
            if answer.problem is INTERNAL and not scope.get(_REPORTED):
                self._on_fault(type(error).__name__, answer.instance)
            if not started:
                await answer.send(send)


def install_problem_handlers(app: FastAPI, writer: ProblemWriter, on_fault: OnFault) -> None:
    """Replace every error answer of FastAPI and Starlette by a problem."""

    @cache
    def our_names() -> frozenset[str]:
        return _our_names(app.openapi())

    async def on_expected(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the framework's signature
        return _response(writer.respond(error))

    async def on_invalid(request: Request, error: Exception) -> Response:  # noqa: ARG001
        assert isinstance(error, RequestValidationError)
        return _response(_invalid(writer, error.errors(), our_names()))

    async def on_status(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        kept = [
            (name.lower().encode(), value.encode())
            for name, value in (error.headers or {}).items()
            if name.lower() in _KEPT_HEADERS
        ]
        if (
            error.status_code == 405
        ):  # the framework names the methods of one route, and a path may have several
            kept = [(b"allow", methods_of(app.routes, request.scope).encode())]
        return _response(writer.write(problem_of_status(error.status_code), more_headers=kept))

    async def on_fault_inside(request: Request, error: Exception) -> Response:
        answer = writer.respond(error)
        request.scope[_REPORTED] = True
        on_fault(type(error).__name__, answer.instance)
        return _response(answer)

    for kind in EXPECTED_ERRORS:
        app.add_exception_handler(kind, on_expected)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_status)
    app.add_exception_handler(Exception, on_fault_inside)


def _invalid(writer: ProblemWriter, found: Sequence[Any], names: frozenset[str]) -> ProblemResponse:
    """Where the members at fault are, and a code each; never a value, and no name that is not ours."""
    if any(each["type"] == "json_invalid" for each in found):
        return writer.write(BODY_INVALID)
    listed = [{**_place(each["loc"], names), "code": each["type"]} for each in found[:MAX_LISTED_ERRORS]]
    return writer.write(VALIDATION_FAILED, extra={"errors": listed})


def _place(loc: Sequence[str | int], names: frozenset[str]) -> dict[str, str]:
    parts = [str(part) if isinstance(part, int) or part in names else "*" for part in loc[1:]]
    if loc[:1] == ("body",):
        return {"pointer": "#" + "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)}
    return {"parameter": parts[0] if parts else "*"}


def _our_names(document: Any) -> frozenset[str]:
    """Every name of a member or a parameter anywhere in the OpenAPI document."""
    if isinstance(document, list):
        return frozenset().union(*map(_our_names, document))
    if not isinstance(document, dict):
        return frozenset()
    here = document.get("properties")
    names = frozenset(here) if isinstance(here, dict) else frozenset[str]()
    if "in" in document and isinstance(document.get("name"), str):
        names |= {document["name"]}
    return names.union(*map(_our_names, document.values()))


def _response(answer: ProblemResponse) -> Response:
    response = Response(answer.body, status_code=answer.status)
    response.raw_headers = answer.headers
    return response
