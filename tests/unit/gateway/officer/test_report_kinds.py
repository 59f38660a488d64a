"""The report builder: which rows need a second officer, and over which time a report goes."""

from __future__ import annotations

import pytest

from audit import Kind
from gateway.officer.cases import Reason, Status
from gateway.officer.report_kinds import ROWS, RangeChosen, Report, is_sensitive, kinds_of, range_of
from gateway.officer.words import CASE_REASONS, RANGES, REPORTS, STATUSES
from gateway.reporting.encodings import Encoding
from gateway.reporting.query import Query
from gateway.wording.log_words import KINDS

DAY = 86_400
NOW = 20_778 * DAY + 3600
"""The 21st of November 2026, at one."""

ABOUT_PEOPLE = {
    Kind.EVENT,
    Kind.WITHHELD,
    Kind.DECISION,
    Kind.PERMISSION,
    Kind.RULE,
    Kind.CONSENT,
    Kind.RIGHTS,
    Kind.ERASURE,
    Kind.ROUND,
}


@pytest.mark.parametrize("report", Report)
def test_whatever_has_rows_about_people_needs_a_second_officer(report: Report) -> None:
    kinds = set(kinds_of(report)) or set(Kind)
    assert is_sensitive(report) == bool(kinds & ABOUT_PEOPLE)


@pytest.mark.parametrize("report", Report)
def test_every_report_can_be_made_and_is_named(report: Report) -> None:
    Query(kinds=tuple(kind.value for kind in kinds_of(report))).check()
    assert Encoding(ROWS[report])
    assert all(REPORTS[report.value])


def test_every_word_that_is_shown_has_its_words() -> None:
    assert set(KINDS) == {kind.value for kind in Kind}
    assert set(RANGES) == {each.value for each in RangeChosen}
    assert set(CASE_REASONS) == {each.value for each in Reason}
    assert set(STATUSES) == {each.value for each in Status}


@pytest.mark.parametrize(
    ("chosen", "days"), [(RangeChosen.WEEK, 7), (RangeChosen.MONTH, 30), (RangeChosen.QUARTER, 90)]
)
def test_a_range_ends_with_today_and_has_so_many_days(chosen: RangeChosen, days: int) -> None:
    assert range_of(chosen, (None, None), NOW) == (20_779 * DAY - days * DAY, 20_779 * DAY)


def test_a_year_begins_in_january_and_always_at_the_beginning() -> None:
    assert range_of(RangeChosen.YEAR, (None, None), NOW) == (1_767_225_600, 20_779 * DAY)
    assert range_of(RangeChosen.ALWAYS, (None, None), NOW) == (0, 20_779 * DAY)


def test_days_of_ones_own_are_both_given_or_it_is_no_range() -> None:
    assert range_of(RangeChosen.OWN, (5 * DAY, 6 * DAY), NOW) == (5 * DAY, 6 * DAY)
    for own in ((None, None), (5 * DAY, None), (None, 6 * DAY)):
        assert range_of(RangeChosen.OWN, own, NOW) is None
