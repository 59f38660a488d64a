"""The report builder: which report, over which time, make. What holds entries one by one needs a second officer."""

from __future__ import annotations

from pathlib import Path

from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from gateway.errors import NotFoundError, QuestionInvalidError
from gateway.officer.case_pages import file_case
from gateway.officer.cases import ExportAsked, Reason
from gateway.officer.console import Console, Visit, show
from gateway.officer.filters import FilterRefusedError, read_range, read_word
from gateway.officer.looks import Page
from gateway.officer.report_kinds import ROWS, RangeChosen, Report, is_sensitive, kinds_of, range_of
from gateway.pages.refusals import NoSuchPageError
from gateway.pages.rendering import PAGE_HEADERS, redirect
from gateway.pages.sessions import Told
from gateway.reporting.encodings import Encoding
from gateway.reporting.query import Query
from gateway.reports.desk import discard

REPORTS = "/officer/reports"


async def reports(console: Console, visit: Visit) -> Response:
    """Choose a report, choose a time, make it: three clicks."""
    cases = console.around.cases
    mine = [case for case in cases.all() if case.asked_by == visit.officer and case.is_export]
    return await show(
        console,
        visit,
        Page.REPORTS,
        "reports.html",
        reports=list(Report),
        sensitive={report for report in Report if is_sensitive(report)},
        ranges=list(RangeChosen),
        reasons=list(Reason),
        cases=[
            {"case": case, "status": cases.status(case).value, "until": cases.until(case)} for case in mine
        ],
    )


async def make(console: Console, visit: Visit) -> Response:
    """Make a report; one that needs a second officer waits for them."""
    officer, asked = visit.officer, _asked(console, visit)
    if not is_sensitive(Report(asked.report)):
        return await _hand_out(console, visit, asked, {})
    reason = read_word(visit.form.get("reason", ""), Reason)
    await file_case(console, officer, asked, reason, of="export")
    if visit.session is not None:
        visit.session.told = Told("asked")
    return redirect(REPORTS)


async def take(console: Console, visit: Visit) -> Response:
    """Make an export that somebody else approved.

    Raises:
        NoSuchPageError: there is none, or it is not open to this officer.
    """
    case_id = visit.form.get("case", "")
    asked = console.around.cases.open_export(case_id, visit.officer)
    if asked is None:
        raise NoSuchPageError
    return await _hand_out(console, visit, asked, {"case": case_id})


async def take_person(console: Console, visit: Visit) -> Response:
    """Make an export of one person's entries, for whoever may open their timeline: it says the same, with proofs.

    Raises:
        NoSuchPageError: there is no such case, or it is not open to this officer.
    """
    case_id = visit.form.get("case", "")
    person = console.around.cases.open_timeline(case_id, visit.officer)
    if person is None:
        raise NoSuchPageError
    await console.looks.note(visit.officer, Page.EXPORT, of="person", case=case_id)
    places = console.around.timelines.places_of(person)
    archive = await console.around.exports.make(Query(one_person=True), Encoding.CSV, places)
    return _file(archive, "person")


async def _hand_out(console: Console, visit: Visit, asked: ExportAsked, more: dict[str, str]) -> Response:
    report = Report(asked.report)
    span = {"first_at": asked.first_at, "end_at": asked.end_at}
    await console.looks.note(visit.officer, Page.EXPORT, of=report.value, **span, **more)
    kinds = tuple(kind.value for kind in kinds_of(report))
    query = Query(since=asked.first_at or None, before=asked.end_at, kinds=kinds)
    try:
        archive = await console.around.exports.make(query, Encoding(ROWS[report]))
    except (NotFoundError, QuestionInvalidError):
        raise NoSuchPageError from None  # the log has no entry in this time
    return _file(archive, report.value)


def _file(archive: Path, of: str) -> Response:
    return FileResponse(
        archive,
        headers=PAGE_HEADERS,
        media_type="application/zip",
        filename=f"volens-{of}.zip",
        background=BackgroundTask(discard, archive),
    )


def _asked(console: Console, visit: Visit) -> ExportAsked:
    report = read_word(visit.form.get("report", ""), Report)
    chosen = read_word(visit.form.get("range", ""), RangeChosen)
    own = read_range(visit.form.get("from"), visit.form.get("to"))
    found = range_of(chosen, own, console.clock.now())
    if found is None:
        raise FilterRefusedError
    return ExportAsked(report.value, *found)
