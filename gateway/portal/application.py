"""The routes of the portal, as an ASGI application of its own: its answers are pages, also when something goes wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from audit import LogUnavailableError
from consent import ConsentError
from gateway.errors import UnavailableError
from gateway.portal import choice_pages, data_pages, entrance_pages, handover, oidc_pages
from gateway.portal.pages import redirect
from gateway.portal.refusals import PortalRefusalError, SignInNeededError
from gateway.portal.visits import Portal, Visit, language_of, receive

PREFIX = "/portal"

Handler = Callable[[Portal, Visit], Awaitable[Response]]
Scope = MutableMapping[str, Any]
App = Callable[[Any, Any, Any], Awaitable[None]]

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

    async def static(request: Request) -> Response:
        found = portal.pages.static(request.path_params["name"])
        return _failed(portal, request, 404) if found is None else found

    async def on_status(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return _failed(portal, request, error.status_code)

    async def on_fault(request: Request, error: Exception) -> Response:  # noqa: ARG001  # whoever is outside is told
        return _failed(portal, request, 500)

    routes = [Route(path, _answering(portal, handler), methods=["GET"]) for path, handler in _GET]
    routes += [Route(path, _answering(portal, handler), methods=["POST"]) for path, handler in _POST]
    taking_over = _answering(portal, handover.take_over, own_origin=False)
    routes.append(Route("/portal/handover", taking_over, methods=["POST"]))
    routes.append(Route("/portal/static/{name}", static, methods=["GET"]))
    handlers = {HTTPException: on_status, Exception: on_fault}
    built = Starlette(routes=routes, exception_handlers=handlers)
    built.router.redirect_slashes = False
    return built


def beside(pages: App, others: App, prefix: str = PREFIX) -> App:
    """One application of two: what lies under `prefix`, and everything else."""

    async def answer(scope: Scope, receive_: Any, send: Any) -> None:
        path = scope.get("path", "")
        inside = scope["type"] == "http" and (path == prefix or path.startswith(f"{prefix}/"))
        await (pages if inside else others)(scope, receive_, send)

    return answer


def _answering(
    portal: Portal, handler: Handler, *, own_origin: bool = True
) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            return await handler(portal, await receive(portal, request, own_origin=own_origin))
        except SignInNeededError:
            was_form = request.method == "POST"
            return redirect(entrance_pages.SIGN_IN_AGAIN if was_form else entrance_pages.SIGN_IN)
        except PortalRefusalError as refusal:
            return _failed(portal, request, refusal.status)
        except (ConsentError, LogUnavailableError, UnavailableError, OSError):
            return _failed(portal, request, 503)

    return answer


def _failed(portal: Portal, request: Request, status: int) -> Response:
    """The page for something that was not done. It shows nothing of the request."""
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
