"""The pages about a person's data: a receipt to keep, everything to take along, requests, erasure."""

from __future__ import annotations

from time import monotonic

from starlette.responses import Response

from gateway.pages.refusals import NoSuchPageError, TooManyError
from gateway.pages.rendering import download, redirect
from gateway.portal.request_pages import show_erased
from gateway.portal.visits import Portal, Visit, show
from gateway.wording.languages import phrase

_RECEIPT_ID_CHARACTERS = 32
_PLACE_CHARACTERS = 19


async def receipt(portal: Portal, visit: Visit) -> Response:
    """A receipt of one's own. Somebody else's and one that never was look alike."""
    ref = visit.inside.who
    name = visit.request.path_params["receipt_id"]
    try:
        receipt_id = bytes.fromhex(name) if len(name) == _RECEIPT_ID_CHARACTERS else b""
    except ValueError:
        raise NoSuchPageError from None
    found = await portal.receipts.receipt(ref, receipt_id)
    if found is None:
        raise NoSuchPageError
    return download(found.body, found.media_type, found.name)


async def proof(portal: Portal, visit: Visit) -> Response:
    """The proof of a decision about oneself. Somebody else's and one that never was look alike."""
    ref = visit.inside.who
    index = visit.request.path_params["index"]
    is_place = index.isascii() and index.isdecimal() and len(index) < _PLACE_CHARACTERS
    found = await portal.proofs.at(int(index) if is_place else None, ref, through_links=True)
    if found is None:
        raise NoSuchPageError
    return download(found, "application/zip", "volens-decision-proof.zip")


async def data(portal: Portal, visit: Visit) -> Response:
    """What one can ask for, and what was asked."""
    requests = await portal.rights.requests_of(visit.inside.who)
    devices = await portal.devices.devices_of(visit.inside.who)
    counts = [
        (each, _title(portal, visit, each.purpose))
        for each in await portal.counts.counts_of(visit.inside.who)
    ]
    return show(
        portal,
        visit,
        "data.html",
        requests=requests,
        devices=devices,
        counts=counts,
        most=portal.counts.most,
        restriction=await portal.choices.restriction(visit.inside.who),
    )


def _title(portal: Portal, visit: Visit, purpose: str) -> str:
    """What a purpose is called in the language of a visit; what is told of consents has a name of ours."""
    for each in portal.policy.purposes:
        if each.id == purpose:
            return visit.language.text_of(dict(each.texts), portal.policy)[1].title
    return visit.language.say(phrase("Who allows what"))


async def leave_rounds(portal: Portal, visit: Visit) -> Response:
    """Let all devices of the person take part no more; what was consented to stays as it is."""
    await portal.devices.let_leave(visit.inside.who)
    return redirect("/portal/data")


async def take_along(portal: Portal, visit: Visit) -> Response:
    """Everything that is held, as a file: asked for by a form, because the log notes that it was.

    Raises:
        TooManyError: nobody reads so fast.
    """
    session = visit.inside
    if portal.downloads.wait_seconds(session.who.hex(), monotonic()):
        raise TooManyError
    form, request_id = visit.form.get("form", "json"), visit.form.get("request", "")
    found = await portal.rights.data_of(session.who, form, visit.language, request_id)
    if found is None:
        raise NoSuchPageError
    return download(found.body, found.media_type, found.name)


async def erase_page(portal: Portal, visit: Visit) -> Response:
    """Ask whether it is meant."""
    return show(portal, visit, "erase.html", missing=False, waits=await _erasure_waits(portal, visit))


async def erase(portal: Portal, visit: Visit) -> Response:
    """Erase; every session of the person ends with it."""
    session = visit.inside
    if visit.form.get("sure") != "yes":
        waits = await _erasure_waits(portal, visit)
        return show(portal, visit, "erase.html", 422, missing=True, waits=waits)
    response = show_erased(portal, visit, await portal.rights.erase(session.who))
    response.delete_cookie(
        portal.address.session_cookie, path="/", secure=portal.address.secure, httponly=True, samesite="lax"
    )
    return response


async def _erasure_waits(portal: Portal, visit: Visit) -> bool:
    """Whether an erasure was asked for that only waits for the person's word."""
    requests = await portal.rights.requests_of(visit.inside.who)
    return any(each.kind == "erasure" and each.waits_for_you for each in requests)
