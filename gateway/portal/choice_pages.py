"""The pages about what a person allows: the choices themselves, and everything they decided before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from consent import AgeBand, ConsentEvent
from gateway.pages.rendering import redirect
from gateway.pages.sessions import Told
from gateway.portal.choices import PAUSE_METHOD
from gateway.portal.purposes import PurposeAct
from gateway.portal.visits import Portal, Visit, count_grant, show
from gateway.wording.plain_words import AGES, STANDINGS

HOME = "/portal"
SHOWN = 200
"""Changes on a page; the file of a person's data has them all."""


async def home(portal: Portal, visit: Visit) -> Response:
    """Every purpose, what it means, and the one button to change it."""
    ref = visit.inside.who
    entries = await portal.choices.shown(ref, visit.language, gpc=visit.gpc)
    paused = portal.choices.paused(await portal.choices.history(ref))
    n_purposes = len(portal.policy.purposes)
    return show(
        portal,
        visit,
        "home.html",
        purposes=entries[:n_purposes],
        conditions=entries[n_purposes:],
        notice=portal.policy.notice_version,
        paused=bool(paused),
        can_pause=bool(await portal.choices.endable(ref, pausing=True)),
        can_end=bool(await portal.choices.endable(ref, pausing=False)),
        counts_as_somebody=portal.choices.counts_as_somebody(ref),
        restriction=await portal.choices.restriction(ref),
        age=await portal.choices.age(ref),
        ages=AGES,
    )


async def decide(portal: Portal, visit: Visit) -> Response:
    """Take up one choice of the person's."""
    session = visit.inside
    entry_id, _, act = visit.form.get("choice", "").rpartition(":")
    if act not in set(PurposeAct) or portal.policy.rule(entry_id) is None:
        session.told = Told("not_changed")
        return redirect(HOME)
    if act == PurposeAct.GIVE:
        count_grant(portal, session)
    notice = visit.form.get("notice", "")
    done = await portal.choices.decide(
        session.who, entry_id, PurposeAct(act), notice, visit.language, gpc=visit.gpc
    )
    session.told = Told(done, about=entry_id)
    return redirect(f"{HOME}#{entry_id}")


async def all_off(portal: Portal, visit: Visit) -> Response:
    """Everything off at once."""
    session = visit.inside
    await portal.choices.all_off(session.who, visit.language)
    session.told = Told("all_off")
    return redirect(HOME)


async def pause(portal: Portal, visit: Visit) -> Response:
    """Everything off until it is continued."""
    session = visit.inside
    await portal.choices.all_off(session.who, visit.language, PAUSE_METHOD)
    session.told = Told("paused")
    return redirect(HOME)


async def stand_alone(portal: Portal, visit: Visit) -> Response:
    """The browser does not count as a signed-in person any more."""
    session = visit.inside
    await portal.choices.stand_alone(session.who)
    session.told = Told("stands_alone")
    return redirect(HOME)


async def state_age(portal: Portal, visit: Visit) -> Response:
    """How old the person is."""
    session = visit.inside
    band = visit.form.get("age", "")
    known = band in set(AgeBand)
    said = await portal.choices.state_age(session.who, AgeBand(band)) if known else "not_changed"
    session.told = Told(said)
    return redirect(HOME)


async def resume(portal: Portal, visit: Visit) -> Response:
    """What the pause ended is on again."""
    session = visit.inside
    count_grant(portal, session)
    session.told = Told(await portal.choices.resume(session.who, visit.language, gpc=visit.gpc))
    return redirect(HOME)


async def history(portal: Portal, visit: Visit) -> Response:
    """Everything that was decided, by whom, and how we know."""
    events = await portal.choices.history(visit.inside.who)
    return show(portal, visit, "history.html", changes=_lines(portal, visit, events))


async def receipts(portal: Portal, visit: Visit) -> Response:
    """A receipt for each of it."""
    events = await portal.choices.history(visit.inside.who)
    return show(portal, visit, "receipts.html", changes=_lines(portal, visit, events))


async def why(portal: Portal, visit: Visit) -> Response:
    """What was shown lately and by what it was chosen, and what recommendations go by now."""
    ref = visit.inside.who
    decisions = await portal.decisions.recent(ref)
    found = portal.decisions
    return show(
        portal, visit, "why.html", decisions=decisions, learnt=found.learnt(ref), aside=found.set_aside(ref)
    )


async def set_aside(portal: Portal, visit: Visit) -> Response:
    """Do not use one of these any more."""
    session = visit.inside
    item = visit.form.get("item", "")
    known = {str(each.item): each.id for each in portal.decisions.learnt(session.who)}
    done = item in known and await portal.rights.do_not_use(session.who, known[item])
    session.told = Told("signal_removed" if done else "not_changed")
    return redirect("/portal/why")


async def use_again(portal: Portal, visit: Visit) -> Response:
    """Use one of them again."""
    session = visit.inside
    count_grant(portal, session)
    item = visit.form.get("item", "")
    known = {str(each.item): each.id for each in portal.decisions.set_aside(session.who)}
    done = item in known and await portal.rights.use_again(session.who, known[item])
    session.told = Told("signal_used_again" if done else "not_changed")
    return redirect("/portal/why")


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a person's history."""

    receipt_id: str
    """32 hex digits."""
    title: str
    """Of the purpose."""
    status: str
    """As a word of `consent.Status`."""
    evidence: str
    """As a word of `consent.Evidence`."""
    at: int
    """When (unix seconds)."""
    notice_version: str
    """Which notice was shown; empty if that is not known."""
    index: int | None
    """Its entry in the log; None if it waits for it."""


def _lines(portal: Portal, visit: Visit, events: Sequence[ConsentEvent]) -> list[Change]:
    return [_line(portal, visit, each) for each in events[:SHOWN]]


def _line(portal: Portal, visit: Visit, event: ConsentEvent) -> Change:
    bit = portal.policy.bits.get(event.purpose)
    title = visit.language.say(STANDINGS.get(event.purpose, event.purpose))
    if bit is not None:
        title = visit.language.text_of(dict(portal.policy.entries[bit].texts), portal.policy)[1].title
    return Change(
        receipt_id=event.event_id.hex(),
        title=title,
        status=event.status.value,
        evidence=event.evidence.value,
        at=event.recorded_at,
        notice_version=event.notice_version,
        index=event.log_index,
    )
