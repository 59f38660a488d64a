"""Pages as an ASGI application of their own, beside everything else: its answers are pages, also when something goes wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from audit import AuditError
from consent import ConsentError
from gateway.callers.other_methods import methods_of
from gateway.errors import UnavailableError
from gateway.pages.refusals import PageRefusalError, SignInNeededError
from gateway.pages.rendering import Pages, redirect

Scope = MutableMapping[str, Any]
App = Callable[[Any, Any, Any], Awaitable[None]]
Answer = Callable[[Request], Awaitable[Response]]
Failed = Callable[[Request, int], Response]
"""The page for something that was not done, by its status of HTTP. It shows nothing of the request."""


def build_pages(
    prefix: str, routes: Iterable[tuple[str, str, Answer]], pages: Pages, failed: Failed
) -> Starlette:
    """Put routes (method, path, answer) together, with our own files under `static` of the prefix."""

    async def static(request: Request) -> Response:
        found = pages.static(request.path_params["name"])
        return failed(request, 404) if found is None else found

    async def on_status(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        page = failed(request, error.status_code)
        if error.status_code == 405:
            page.headers["allow"] = methods_of(built.routes, request.scope)
        return page

    async def on_fault(request: Request, _error: Exception) -> Response:
        return failed(request, 500)

    found = [
        Route(path, _answering(answer, prefix, failed), methods=[method]) for method, path, answer in routes
    ]
    found.append(Route(f"{prefix}/static/{{name}}", static, methods=["GET"]))
    built = Starlette(routes=found, exception_handlers={HTTPException: on_status, Exception: on_fault})
    built.router.redirect_slashes = False
    return built


def beside(pages: App, others: App, prefix: str) -> App:
    """One application of two: what lies under `prefix`, and everything else."""

    async def answer(scope: Scope, receive: Any, send: Any) -> None:
        path = scope.get("path", "")
        if scope["type"] == "http" and path == f"{prefix}/":  # as people type it
            scope = {**scope, "path": prefix}
            path = prefix
        inside = scope["type"] == "http" and (path == prefix or path.startswith(f"{prefix}/"))
        await (pages if inside else others)(scope, receive, send)

    return answer


def _answering(answer: Answer, prefix: str, failed: Failed) -> Answer:
    async def guarded(request: Request) -> Response:
        try:
            return await answer(request)
        except SignInNeededError:
            again = "?again" if request.method == "POST" else ""
            return redirect(f"{prefix}/sign-in{again}")
        except PageRefusalError as refusal:
            return failed(request, refusal.status)
        except (AuditError, ConsentError, UnavailableError, OSError):
            return failed(request, 503)

    return guarded
