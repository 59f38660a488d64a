"""The report beside the rows of an export: as a page for people, as JSON for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from consent import Policy
from gateway.reporting.exporting import WriteReport
from gateway.reporting.manifest import REPORT, REPORT_DATA
from gateway.reporting.proving import ExportRange
from gateway.reporting.tallies import RangeCounts
from gateway.reports.assembling import assemble
from gateway.reports.page import page_version, render_report
from gateway.reports.withdrawals import Withdrawals
from gateway.settings.reading import Settings
from gateway.wording.languages import DEFAULT, Languages

Follow = Callable[[int, int], Withdrawals]
"""What followed the noes of a range, by its first index and the one behind it."""


def report_writer(
    policy: Policy, settings: Settings, follow: Follow | None = None, language: str = DEFAULT
) -> WriteReport:
    """Writes reports with what is declared in a data directory, and, where people are followed, how soon a no was at work."""
    recipients = {destination.id: destination.purpose for destination in settings.destinations}

    def write(tally: RangeCounts, range_: ExportRange, out: Path) -> Iterable[str]:
        report = assemble(tally, range_, policy, recipients, language)
        report["withdrawals"] = None if follow is None else follow(range_.first, range_.until).row()
        chosen = Languages().choose(language, None)
        report |= {"language": chosen.code, "page": page_version()}
        (out / REPORT).write_bytes(render_report(report, chosen))
        (out / REPORT_DATA).write_bytes(msgspec.json.encode(report))
        return REPORT, REPORT_DATA

    return write
