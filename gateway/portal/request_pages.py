"""What a person does about their requests: stop all use of their data, confirm or take back one, see what came of it.

The page of an erasure needs no account, because there is none any more: whoever has its address sees which recipients confirmed.
"""

from __future__ import annotations

from starlette.responses import Response

from gateway.pages.refusals import NoSuchPageError
from gateway.pages.rendering import download, redirect
from gateway.pages.sessions import Told
from gateway.portal.neighbours import Erased
from gateway.portal.visits import Portal, Visit, count_grant

DATA = "/portal/data"
RESTRICTION = "restriction"
"""The part of the page that says whether the use of somebody's data is stopped."""
REQUESTS = "requests"
"""The part of the page with what somebody asked for."""


async def restrict(portal: Portal, visit: Visit) -> Response:
    """Stop all use of one's data."""
    done = await portal.rights.restrict(visit.inside.who, lifts=False)
    return _told(visit, "restricted" if done else "not_changed", RESTRICTION)


async def lift(portal: Portal, visit: Visit) -> Response:
    """Allow it again, whoever had it stopped."""
    count_grant(portal, visit.inside)
    done = await portal.rights.restrict(visit.inside.who, lifts=True)
    return _told(visit, "lifted" if done else "not_changed", RESTRICTION)


async def confirm(portal: Portal, visit: Visit) -> Response:
    """It was the person who asked for this."""
    done = await portal.rights.confirm(visit.inside.who, visit.form.get("request", ""))
    return _told(visit, "confirmed" if done else "not_changed", REQUESTS)


async def take_back(portal: Portal, visit: Visit) -> Response:
    """Take back what was asked."""
    done = await portal.rights.take_back(visit.inside.who, visit.form.get("request", ""))
    return _told(visit, "taken_back" if done else "not_changed", REQUESTS)


async def erased(portal: Portal, visit: Visit) -> Response:
    """What became of an erasure. An address that was never made, and one of something else, look alike."""
    found = await portal.rights.erased(visit.request.path_params["name"])
    if found is None:
        raise NoSuchPageError
    return show_erased(portal, visit, found)


async def certificate(portal: Portal, visit: Visit) -> Response:
    """The certificate of that erasure."""
    name = visit.request.path_params["name"]
    found = await portal.rights.certificate(name)
    if found is None:
        raise NoSuchPageError
    return download(found, "application/json", f"volens-erasure-{name[:32]}.json")


def show_erased(portal: Portal, visit: Visit, found: Erased) -> Response:
    """The page of an erasure: for somebody who is nobody here any more."""
    base = portal.address.base_url(visit.request.headers.get("host")) or ""
    return portal.pages.render(
        "erased.html",
        visit.language,
        session=None,
        told=None,
        path=f"/portal/erased/{found.name}",
        gpc=visit.gpc,
        erased=found,
        link=f"{base.rstrip('/')}/portal/erased/{found.name}",
    )


def _told(visit: Visit, message: str, about: str) -> Response:
    visit.inside.told = Told(message, about=about)
    return redirect(f"{DATA}#{about}")
