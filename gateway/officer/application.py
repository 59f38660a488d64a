"""The routes of the console, as an ASGI application of its own. Before anybody was enrolled there is none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from audit import AuditError
from consent import ConsentError
from gateway.errors import UnavailableError
from gateway.officer import (
    case_pages,
    entrance_pages,
    entry_pages,
    overview_pages,
    report_pages,
    rights_pages,
)
from gateway.officer.console import Console, Visit, language_of, receive
from gateway.portal.application import App, Scope, beside
from gateway.portal.pages import redirect
from gateway.portal.refusals import PortalRefusalError, SignInNeededError

PREFIX = "/officer"

Handler = Callable[[Console, Visit], Awaitable[Response]]

OUTSIDE: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/officer/sign-in", entrance_pages.sign_in_page),
    ("POST", "/officer/sign-in", entrance_pages.sign_in),
    ("GET", "/officer/enrol", entrance_pages.enrol_page),
    ("POST", "/officer/enrol", entrance_pages.enrol),
    ("GET", "/officer/enrol/finish", entrance_pages.finish_page),
    ("POST", "/officer/enrol/finish", entrance_pages.finish),
    ("POST", "/officer/language", entrance_pages.choose_language),
)
"""What is answered to somebody who is not signed in."""

INSIDE: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/officer", overview_pages.overview),
    ("GET", "/officer/entries", entry_pages.entries),
    ("GET", "/officer/entries/{index}", entry_pages.entry),
    ("GET", "/officer/entries/{index}/proof", entry_pages.proof),
    ("GET", "/officer/entries/{index}/bytes", entry_pages.exact_bytes),
    ("GET", "/officer/people", case_pages.people),
    ("POST", "/officer/people", case_pages.ask),
    ("GET", "/officer/people/{case_id}", case_pages.timeline),
    ("POST", "/officer/people/file", report_pages.take_person),
    ("GET", "/officer/rights", rights_pages.rights),
    ("POST", "/officer/rights", rights_pages.take_step),
    ("GET", "/officer/reports", report_pages.reports),
    ("POST", "/officer/reports", report_pages.make),
    ("POST", "/officer/reports/file", report_pages.take),
    ("GET", "/officer/approvals", case_pages.approvals),
    ("POST", "/officer/approvals", case_pages.decide),
    ("POST", "/officer/sign-out", entrance_pages.sign_out),
)
"""What is answered to officers only: each of these is in the log before it is answered."""


def build_console(console: Console) -> Starlette:
    """Put the routes together around `console`."""

    async def static(request: Request) -> Response:
        found = console.pages.static(request.path_params["name"])
        return _failed(console, request, 404) if found is None else found

    async def on_status(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return _failed(console, request, error.status_code)

    async def on_fault(request: Request, error: Exception) -> Response:  # noqa: ARG001  # whoever is outside is told
        return _failed(console, request, 500)

    routes = [
        Route(path, _answering(console, handler), methods=[method])
        for method, path, handler in (*OUTSIDE, *INSIDE)
    ]
    routes.append(Route("/officer/static/{name}", static, methods=["GET"]))
    handlers = {HTTPException: on_status, Exception: on_fault}
    built = Starlette(routes=routes, exception_handlers=handlers)
    built.router.redirect_slashes = False
    return built


def beside_others(console: Console, others: App) -> App:
    """The console under its prefix, while there is an officer; otherwise the path is one that leads nowhere."""
    built = build_console(console)

    async def answer(scope: Scope, receive_: Any, send: Any) -> None:
        await (built if console.accounts.any() else others)(scope, receive_, send)

    return beside(answer, others, PREFIX)


def _answering(console: Console, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            return await handler(console, await receive(console, request))
        except SignInNeededError:
            was_form = request.method == "POST"
            return redirect(entrance_pages.SIGN_IN_AGAIN if was_form else entrance_pages.SIGN_IN)
        except PortalRefusalError as refusal:
            return _failed(console, request, refusal.status)
        except (AuditError, ConsentError, UnavailableError, OSError):
            return _failed(console, request, 503)

    return answer


def _failed(console: Console, request: Request, status: int) -> Response:
    """The page for something that was not done. It shows nothing of the request."""
    return console.pages.render(
        "failed.html",
        language_of(console, request),
        status,
        session=None,
        account=None,
        told=None,
        path=PREFIX,
        code=status,
    )
