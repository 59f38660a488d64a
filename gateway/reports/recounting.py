"""Counting a report again, out of the rows of its export: what follows from the entries of the range must come to the same.

That takes every entry of the range, so an export that hides none. What rests on something else is named, and is not judged: the
names and texts of the policy, what is configured, people's keys, requests from before the range.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import TemplateError

from audit import Checkpoint, Minimum
from gateway.reporting.faults import Fault
from gateway.reporting.manifest import REPORT, REPORT_DATA, Manifest, Pruned
from gateway.reporting.proving import ExportRange
from gateway.reporting.tallies import RangeCounts, added
from gateway.reporting.verified import Verified, read_plain
from gateway.reports import accountability
from gateway.reports.assembling import FORMAT, counted, request_counts
from gateway.reports.page import page_version, render_report
from gateway.reports.processing_record import observed_counts
from gateway.reports.sampling import SAMPLE_SIZE, draw_sample
from gateway.wording.languages import Languages

MAX_REPORT_BYTES = 1 << 26
_NAMED = ("uses", "consents")
"""Parts whose rows are found again by the code of their purpose, which they had not always."""

Report = Mapping[str, Any]
Part = Callable[[Report], object]


@dataclass(slots=True)
class Recount:
    """What was counted again, and what was not."""

    same: list[str] = field(default_factory=list)
    """Parts of the report that came to the same."""
    left: dict[str, str] = field(default_factory=dict)
    """Parts that were not counted again, and why."""


def recount(path: Path, verified: Verified) -> Recount:
    """Count the report of a verified export again; what differs becomes a finding.

    Args:
        path: the export.
        verified: without a finding.
    """
    manifest, done = verified.manifest, Recount()
    if REPORT_DATA not in {file.name for file in manifest.files}:
        return done
    report = _read(path)
    if report is None:
        verified.find(Fault.REPORT, REPORT_DATA)
        return done
    _hold_page(path, report, verified, done)
    if manifest.hidden or not verified.tallies:
        done.left["every number"] = "entries are hidden"
        return done
    tally = added(verified.tallies)
    for name, part in _parts(tally, manifest, verified.root).items():
        try:
            if name in _NAMED and any("code" not in each for each in report.get(name, ())):
                done.left[name] = "an older version made the report"
                continue
            said, found = _without_names(name, report[name]), _plain(part(report))
        except (KeyError, TypeError, ValueError, AttributeError):
            verified.find(Fault.REPORT, f"{REPORT_DATA} {name}")
            continue
        if found == said:
            done.same.append(name)
        else:
            verified.find(Fault.REPORT, f"{REPORT_DATA} {name}")
    _name_what_is_left(report, verified, done)
    return done


def _parts(tally: RangeCounts, manifest: Manifest, root: bytes | None) -> dict[str, Part]:
    """How each part is counted. Names of purposes are taken from the report, their numbers from the rows."""
    range_ = _range_of(manifest)
    parts: dict[str, Part] = {name: partial(_same, value) for name, value in counted(tally, range_).items()}
    parts["uses"] = lambda said: accountability.uses(
        tally, {each["code"]: (each["purpose"], each["basis"]) for each in said["uses"]}
    )
    parts["consents"] = lambda said: accountability.consents(
        tally, {each["code"]: each["purpose"] for each in said["consents"]}
    )
    parts["processing"] = lambda said: [
        {"code": each["code"]} | observed_counts(tally, each["code"]) for each in said["processing"]
    ]
    parts["deliveries"] = lambda _: accountability.deliveries(tally, {})
    parts["log"] = lambda said: {
        "origin": manifest.log,
        "size": manifest.log_size,
        "root": said["log"]["root"] if root is None else base64.b64encode(root).decode(),
        **accountability.log_health(tally),
    }
    parts["sample"] = lambda said: {
        "size": SAMPLE_SIZE,
        "indices": draw_sample(base64.b64decode(said["log"]["root"]), manifest.first, manifest.until),
    }
    if _is_from_the_beginning(manifest):
        parts["rights"] = lambda _: request_counts(tally, range_)
    return parts


def _same(value: object, _: Report) -> object:
    return value


def _without_names(name: str, said: Any) -> Any:
    """What a part says, without what does not follow from the rows."""
    if name == "processing":
        counts = ("code", "signals", "decisions", "services", "permitted", "consents")
        return [{count: each[count] for count in counts} for each in said]
    if name == "deliveries":  # a recipient that is configured and was given nothing
        return [each for each in said if each["signals"]]
    return said


def _name_what_is_left(report: Report, verified: Verified, done: Recount) -> None:
    done.left["differences"] = (
        "they rest on the policy and the configured recipients, and so do names, grounds and texts"
    )
    if not _is_from_the_beginning(verified.manifest):
        done.left["rights"] = "requests from before the range count, and are not among the rows"
    if verified.root is None:
        done.left["the root that the sample is drawn from"] = "the log went on behind the range"
    if report.get("withdrawals") is not None:
        done.left["withdrawals"] = "they take people's keys"


def _hold_page(path: Path, report: Report, verified: Verified, done: Recount) -> None:
    """See that the page says what the data say: this version makes the same page of them, if it made that one."""
    if report.get("page") != page_version():
        done.left[REPORT] = "another version made it"
        return
    try:
        page = render_report(report, Languages().choose(str(report.get("language")), None))
    except (TemplateError, TypeError, ValueError, LookupError, AttributeError, ArithmeticError):
        page = b""
    if page == read_plain(path / REPORT, MAX_REPORT_BYTES):
        done.same.append(REPORT)
    else:
        verified.find(Fault.REPORT, REPORT)


def _read(path: Path) -> Report | None:
    data = read_plain(path / REPORT_DATA, MAX_REPORT_BYTES)
    try:
        found = None if data is None else msgspec.json.decode(data, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return found if found is not None and found.get("format") == FORMAT else None


def _range_of(manifest: Manifest) -> ExportRange:
    """The range as whoever made the report had it."""
    said = manifest.pruned
    begins_there = isinstance(said, Pruned) and manifest.first == said.minimum
    pruned = Minimum(said.minimum, said.announced) if begins_there and isinstance(said, Pruned) else None
    checkpoint = Checkpoint(manifest.log, manifest.log_size, bytes(32))
    return ExportRange(
        checkpoint, manifest.first, manifest.until, manifest.query, manifest.made_at, pruned=pruned
    )


def _is_from_the_beginning(manifest: Manifest) -> bool:
    """Whether no entry before the range is published."""
    return manifest.first == (manifest.pruned.minimum if isinstance(manifest.pruned, Pruned) else 0)


def _plain(value: object) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))
