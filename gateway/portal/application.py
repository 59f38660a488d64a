"""The routes of the portal, as an ASGI application of its own: its answers are pages, also when something goes wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from gateway.pages.application import Answer, build_pages
from gateway.pages.cookies import language_of
from gateway.portal import (
    choice_pages,
    data_pages,
    entrance_pages,
    handover,
    notice_page,
    oidc_pages,
    request_pages,
)
from gateway.portal.visits import Portal, Visit, receive

PREFIX = "/portal"
WRONG_NAME = 421
"""The status for a request that was meant for another name: no session is looked for."""

Handler = Callable[[Portal, Visit], Awaitable[Response]]

OUTSIDE: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/portal/sign-in", entrance_pages.sign_in_page),
    ("POST", "/portal/sign-in", entrance_pages.use_link),
    ("GET", "/portal/oidc", oidc_pages.go),
    ("GET", oidc_pages.RETURN_PATH, oidc_pages.come_back),
    ("POST", "/portal/language", entrance_pages.choose_language),
    ("GET", notice_page.PATH, notice_page.notice),
    ("GET", "/portal/erased/{name}", request_pages.erased),
    ("GET", "/portal/erased/{name}/certificate", request_pages.certificate),
)
"""What is answered to somebody who is not signed in."""

INSIDE: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/portal", choice_pages.home),
    ("GET", "/portal/history", choice_pages.history),
    ("GET", "/portal/why", choice_pages.why),
    ("GET", "/portal/why/{index}/proof", data_pages.proof),
    ("GET", "/portal/receipts", choice_pages.receipts),
    ("GET", "/portal/receipts/{receipt_id}", data_pages.receipt),
    ("GET", "/portal/data", data_pages.data),
    ("GET", "/portal/erase", data_pages.erase_page),
    ("POST", "/portal/choices", choice_pages.decide),
    ("POST", "/portal/all-off", choice_pages.all_off),
    ("POST", "/portal/pause", choice_pages.pause),
    ("POST", "/portal/continue", choice_pages.resume),
    ("POST", "/portal/stand-alone", choice_pages.stand_alone),
    ("POST", "/portal/age", choice_pages.state_age),
    ("POST", "/portal/why", choice_pages.set_aside),
    ("POST", "/portal/why/again", choice_pages.use_again),
    ("POST", "/portal/data/file", data_pages.take_along),
    ("POST", "/portal/devices/leave", data_pages.leave_rounds),
    ("POST", "/portal/restriction", request_pages.restrict),
    ("POST", "/portal/restriction/lift", request_pages.lift),
    ("POST", "/portal/requests/confirm", request_pages.confirm),
    ("POST", "/portal/requests/take-back", request_pages.take_back),
    ("POST", "/portal/erase", data_pages.erase),
    ("POST", "/portal/sign-out", entrance_pages.sign_out),
)
"""What is answered to people who are signed in."""


def build_portal(portal: Portal) -> Starlette:
    """Put the routes together around `portal`."""

    def outside(handler: Handler, *, own_origin: bool = True) -> Answer:
        async def answer(request: Request) -> Response:
            return await handler(portal, await receive(portal, request, own_origin=own_origin))

        return answer

    def inside(handler: Handler) -> Answer:
        async def answer(request: Request) -> Response:
            visit = await receive(portal, request)
            visit.require_person()
            return await handler(portal, visit)

        return answer

    routes = [(method, path, outside(handler)) for method, path, handler in OUTSIDE]
    routes.append(("POST", "/portal/handover", outside(handover.take_over, own_origin=False)))
    routes += [(method, path, inside(handler)) for method, path, handler in INSIDE]
    return build_pages(PREFIX, routes, portal.pages, partial(_failed, portal))


def _failed(portal: Portal, request: Request, status: int) -> Response:
    cookie = None if status == WRONG_NAME else request.cookies.get(portal.address.session_cookie)
    return portal.pages.render(
        "failed.html",
        language_of(request, portal.languages, portal.address),
        status,
        session=portal.sessions.find(cookie, now=portal.clock.now()),
        told=None,
        path=PREFIX,
        gpc=False,
        code=status,
    )
