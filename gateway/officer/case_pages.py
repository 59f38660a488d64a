"""The pages of what two officers must agree to: asking for a person's timeline, deciding, and what is then to be seen.

The person's id comes in a form, becomes a pseudonym, and is gone: it is in no address, no entry and no case.
"""

from __future__ import annotations

from starlette.responses import Response

from gateway.identities import MAX_ID_CHARACTERS
from gateway.officer.cases import Case, Matter, Reason
from gateway.officer.console import Console, Visit, show
from gateway.officer.filters import FilterRefusedError, read_index, read_word
from gateway.officer.looks import OfficerAct, Page
from gateway.pages.refusals import NoSuchPageError, PageRefusalError, TooManyError
from gateway.pages.rendering import download, redirect
from gateway.pages.sessions import Told
from privacy import SubjectRef

PEOPLE = "/officer/people"
APPROVALS = "/officer/approvals"


class NotForThemError(PageRefusalError):
    """It is not for this officer to decide, or it was decided meanwhile."""

    status = 409


async def people(console: Console, visit: Visit) -> Response:
    """Where an officer asks for a timeline, and what became of what they asked for."""
    mine = [case for case in console.around.cases.all() if case.asked_by == visit.officer]
    return await show(
        console,
        visit,
        Page.PEOPLE,
        "people.html",
        cases=_described(console, [case for case in mine if not case.is_export]),
        reasons=list(Reason),
    )


async def ask(console: Console, visit: Visit) -> Response:
    """Ask for a timeline; somebody else decides. Whether the person is known does not show."""
    officer = visit.officer
    reason = read_word(visit.form.get("reason", ""), Reason)
    await file_case(console, officer, _person(console, visit), reason, of="timeline")
    if visit.session is not None:
        visit.session.told = Told("asked")
    return redirect(PEOPLE)


async def timeline(console: Console, visit: Visit) -> Response:
    """A timeline that somebody else approved."""
    case_id = visit.request.path_params["case_id"]
    person = console.around.cases.open_timeline(case_id, visit.officer)
    case = console.around.cases.get(case_id)
    if person is None or case is None:
        raise NoSuchPageError
    found = await console.around.timelines.of(person)
    return await show(
        console,
        visit,
        Page.TIMELINE,
        "timeline.html",
        seen={"case": case.case_id},
        case=case,
        until=console.around.cases.until(case),
        timeline=found,
    )


async def decision_proof(console: Console, visit: Visit) -> Response:
    """The proof of one decision of a timeline that somebody else approved: what was shown, to be checked offline."""
    case_id = visit.request.path_params["case_id"]
    person = console.around.cases.open_timeline(case_id, visit.officer)
    if person is None:
        raise NoSuchPageError
    index = read_index(visit.request.path_params["index"])
    await console.looks.note(
        visit.officer, Page.DECISION, case=case_id, seen=console.around.seen.reference(index)
    )
    found = await console.around.decision_proofs.at(index, person, through_links=True)
    if found is None:
        raise NoSuchPageError
    return download(found, "application/zip", f"decision-{index}.zip")


async def approvals(console: Console, visit: Visit) -> Response:
    """What waits for a second officer, and what became of the rest."""
    return await show(
        console,
        visit,
        Page.APPROVALS,
        "approvals.html",
        cases=_described(console, console.around.cases.all()),
        n_officers=sum(account.is_enrolled for account in console.accounts.all()),
    )


async def decide(console: Console, visit: Visit) -> Response:
    """Approve or decline; what one asked for oneself one can only take back.

    Raises:
        NotForThemError: it does not wait for this officer.
    """
    officer, cases = visit.officer, console.around.cases
    case_id, answer = visit.form.get("case", ""), visit.form.get("answer", "")
    if answer not in ("approve", "decline"):
        raise FilterRefusedError
    decided = cases.decided(case_id, officer, approves=answer == "approve")
    if decided is None:
        raise NotForThemError
    await console.looks.note_act(
        officer, OfficerAct.APPROVED if answer == "approve" else OfficerAct.DECLINED, case=case_id
    )
    if cases.decided(case_id, officer, approves=answer == "approve") is None:
        raise NotForThemError  # decided while the log wrote
    cases.keep(decided)
    return redirect(APPROVALS)


async def file_case(console: Console, officer: str, matter: Matter, reason: Reason, *, of: str) -> Case:
    """Let something wait for a second officer. The log knows of it first.

    Raises:
        TooManyError: too much waits.
    """
    case = console.around.cases.make(matter, reason, officer)
    if case is None:
        raise TooManyError
    await console.looks.note_act(officer, OfficerAct.ASKED, case=case.case_id, of=of, reason=reason.value)
    console.around.cases.keep(case)
    return case


def _person(console: Console, visit: Visit) -> SubjectRef:
    raw, which = visit.form.get("id", ""), visit.form.get("which", "")
    if not 0 < len(raw) <= MAX_ID_CHARACTERS or which not in ("person", "device"):
        raise FilterRefusedError
    known, anonymous = (raw, None) if which == "person" else (None, raw)
    ref = console.around.identities.ref_of(known=known, anonymous=anonymous)
    if ref is None:
        raise FilterRefusedError
    return console.around.identities.linked_or_own(ref)


def _described(console: Console, cases: list[Case]) -> list[dict[str, object]]:
    names = {account.officer: account.name for account in console.accounts.all()}
    return [
        {
            "case": case,
            "status": console.around.cases.status(case).value,
            "until": console.around.cases.until(case),
            "asked_by": names.get(case.asked_by, case.asked_by),
            "decided_by": names.get(case.decided_by or "", case.decided_by),
        }
        for case in cases
    ]
