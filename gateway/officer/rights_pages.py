"""The desk of rights for officers: what waits, how long it may, and what they may do about it. The desk writes the entries."""

from __future__ import annotations

from starlette.responses import Response

from consent import EXTENSIONS, REFUSALS, RightsAct, StepRefusal, Why
from gateway.officer.case_pages import NotForThemError
from gateway.officer.console import Console, Visit, show
from gateway.officer.deadlines import waiting
from gateway.officer.filters import FilterRefusedError, read_word
from gateway.officer.looks import OfficerAct, Page
from gateway.pages.refusals import NoSuchPageError
from gateway.pages.rendering import redirect

RIGHTS = "/officer/rights"

_ID_CHARACTERS = 32
_REASONS = {RightsAct.EXTENDED: EXTENSIONS, RightsAct.REFUSED: REFUSALS}
"""What an officer may do here, and for which reasons."""


async def rights(console: Console, visit: Visit) -> Response:
    """Every request that was not answered, the most urgent first."""
    now = console.clock.now()
    return await show(
        console,
        visit,
        Page.RIGHTS,
        "rights.html",
        requests=waiting(await console.around.rights.still_open(), now),
        extensions=sorted(why.value for why in EXTENSIONS),
        refusals=sorted(why.value for why in REFUSALS),
    )


async def take_step(console: Console, visit: Visit) -> Response:
    """Extend a deadline, or refuse, with a reason of the law's list.

    Raises:
        NoSuchPageError: there is no such request.
        NotForThemError: it is not at a point for that, or the reason does not fit it.
    """
    officer = visit.officer
    act, why = read_word(visit.form.get("act", ""), RightsAct), read_word(visit.form.get("why", ""), Why)
    if act not in _REASONS:
        raise FilterRefusedError
    filed = await console.around.rights.status(_request_id(visit))
    if filed is None:
        raise NoSuchPageError
    await console.looks.note_act(officer, OfficerAct.STEPPED, step=act.value, why=why.value)
    if isinstance(await console.around.rights.step(filed, act, why), StepRefusal):
        raise NotForThemError
    return redirect(RIGHTS)


def _request_id(visit: Visit) -> bytes:
    said = visit.form.get("request", "")
    try:
        return bytes.fromhex(said) if len(said) == _ID_CHARACTERS else b""
    except ValueError:
        raise NoSuchPageError from None
