"""The routes of the portal, as an ASGI application of its own: its answers are pages, also when something goes wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from gateway.pages.application import Answer, build_pages
from gateway.portal import choice_pages, data_pages, entrance_pages, handover, oidc_pages
from gateway.portal.visits import Portal, Visit, language_of, receive

PREFIX = "/portal"

Handler = Callable[[Portal, Visit], Awaitable[Response]]

_GET: tuple[tuple[str, Handler], ...] = (
    ("/portal", choice_pages.home),
    ("/portal/history", choice_pages.history),
    ("/portal/why", choice_pages.why),
    ("/portal/why/{index}/proof", data_pages.proof),
    ("/portal/receipts", choice_pages.receipts),
    ("/portal/receipts/{receipt_id}", data_pages.receipt),
    ("/portal/data", data_pages.data),
    ("/portal/erase", data_pages.erase_page),
    ("/portal/sign-in", entrance_pages.sign_in_page),
    ("/portal/oidc", oidc_pages.go),
    (oidc_pages.RETURN_PATH, oidc_pages.come_back),
)
_POST: tuple[tuple[str, Handler], ...] = (
    ("/portal/choices", choice_pages.decide),
    ("/portal/all-off", choice_pages.all_off),
    ("/portal/pause", choice_pages.pause),
    ("/portal/continue", choice_pages.resume),
    ("/portal/stand-alone", choice_pages.stand_alone),
    ("/portal/age", choice_pages.state_age),
    ("/portal/why", choice_pages.set_aside),
    ("/portal/why/again", choice_pages.use_again),
    ("/portal/data/file", data_pages.take_along),
    ("/portal/devices/leave", data_pages.leave_rounds),
    ("/portal/erase", data_pages.erase),
    ("/portal/sign-in", entrance_pages.use_link),
    ("/portal/sign-out", entrance_pages.sign_out),
    ("/portal/language", entrance_pages.choose_language),
)


def build_portal(portal: Portal) -> Starlette:
    """Put the routes together around `portal`."""

    def bound(handler: Handler, *, own_origin: bool = True) -> Answer:
        async def answer(request: Request) -> Response:
            return await handler(portal, await receive(portal, request, own_origin=own_origin))

        return answer

    routes = [("GET", path, bound(handler)) for path, handler in _GET]
    routes += [("POST", path, bound(handler)) for path, handler in _POST]
    routes.append(("POST", "/portal/handover", bound(handover.take_over, own_origin=False)))
    return build_pages(PREFIX, routes, portal.pages, partial(_failed, portal))


def _failed(portal: Portal, request: Request, status: int) -> Response:
    return portal.pages.render(
        "failed.html",
        language_of(portal, request),
        status,
        session=None,
        told=None,
        path=PREFIX,
        gpc=False,
        code=status,
    )
