"""Coming in from a page of the app: it posts a hand-over token, and the person is inside.

The one form that comes from another site. It is taken from the origin that the token names and no other, once, and never from
an address.
"""

from __future__ import annotations

from starlette.responses import Response

from gateway.pages.forms import count_attempt, only
from gateway.portal.entrance_pages import let_in, refused_entry
from gateway.portal.not_let_in import NotLetIn
from gateway.portal.visits import Portal, Visit


async def take_over(portal: Portal, visit: Visit) -> Response:
    """Come in by a hand-over token."""
    count_attempt(portal.attempts, visit.caller)
    origin = only(visit.request, "origin")
    taken = portal.handovers.take(visit.form.get("token", ""), origin, now=portal.clock.now())
    if isinstance(taken, NotLetIn):
        return refused_entry(portal, visit, taken)
    return let_in(portal, visit, taken)
