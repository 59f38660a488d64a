"""The routes of the console, as an ASGI application of its own. Before anybody was invited there is only a page that says so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from gateway.officer import (
    case_pages,
    entrance_pages,
    entry_pages,
    oidc_pages,
    overview_pages,
    report_pages,
    rights_pages,
)
from gateway.officer.console import Console, Visit, receive
from gateway.pages.application import Answer, App, Scope, beside, build_pages
from gateway.pages.cookies import language_of

PREFIX = "/officer"

Handler = Callable[[Console, Visit], Awaitable[Response]]

OUTSIDE: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/officer/sign-in", entrance_pages.sign_in_page),
    ("POST", "/officer/sign-in", entrance_pages.sign_in),
    ("GET", "/officer/oidc", oidc_pages.go),
    ("GET", oidc_pages.RETURN_PATH, oidc_pages.come_back),
    ("POST", "/officer/oidc/finish", oidc_pages.finish),
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
    ("GET", "/officer/people/{case_id}/decisions/{index}", case_pages.decision_proof),
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
"""What is answered to officers only; each handler has it in the log before it answers."""


NOT_YET: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/officer", entrance_pages.nobody_yet),
    ("POST", "/officer/language", entrance_pages.choose_language),
)
"""What is answered while nobody was invited: no door, and how there comes to be one."""


def build_console(console: Console) -> Starlette:
    """Put the routes together around `console`."""

    def inside(handler: Handler) -> Answer:
        async def answer(request: Request) -> Response:
            visit = await receive(console, request)
            visit.require_officer()
            return await handler(console, visit)

        return answer

    routes = [(method, path, _outside(console, handler)) for method, path, handler in OUTSIDE]
    routes += [(method, path, inside(handler)) for method, path, handler in INSIDE]
    return build_pages(PREFIX, routes, console.pages, partial(_failed, console))


def beside_others(console: Console, others: App) -> App:
    """The console under its prefix, while there is an officer; otherwise a page that tells how there comes to be one."""
    built = build_console(console)
    routes = [(method, path, _outside(console, handler)) for method, path, handler in NOT_YET]
    not_yet = build_pages(PREFIX, routes, console.pages, partial(_failed, console))

    async def answer(scope: Scope, receive_: Any, send: Any) -> None:
        await (built if console.accounts.any() else not_yet)(scope, receive_, send)

    return beside(answer, others, PREFIX)


def _outside(console: Console, handler: Handler) -> Answer:
    async def answer(request: Request) -> Response:
        return await handler(console, await receive(console, request))

    return answer


def _failed(console: Console, request: Request, status: int) -> Response:
    return console.pages.render(
        "failed.html",
        language_of(request, console.languages, console.address),
        status,
        session=None,
        account=None,
        told=None,
        path=PREFIX,
        code=status,
    )
