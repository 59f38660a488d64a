"""A report is counted again out of the rows of its export; a number that was altered is found, and what cannot be counted is named."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from audit import Entry, Kind, Outcome, encode_entry
from consent import default_policy_text, parse_policy
from gateway.reporting.encodings import Encoding
from gateway.reporting.exporting import Order, make_export
from gateway.reporting.faults import Fault
from gateway.reporting.manifest import MANIFEST, REPORT, REPORT_DATA, decode_manifest, encode_manifest
from gateway.reporting.parts import described
from gateway.reporting.query import Query
from gateway.reporting.verification import verify_export
from gateway.reporting.verified import Verified
from gateway.reports.recounting import recount
from gateway.reports.writing import report_writer
from gateway.settings.reading import Settings
from tests.unit.audit.logs import SIGNER
from tests.unit.gateway.reporting.small_log import BEGAN, MINUTE, entries, pruned, write_log

POLICY = parse_policy(default_policy_text().encode())
COUNT = 300


def _said() -> list[bytes]:
    def entry(kind: Kind, outcome: Outcome, minute: int, *purposes: str, **detail: str | int) -> bytes:
        return encode_entry(Entry(kind, outcome, BEGAN + minute * MINUTE, purposes, detail=detail))

    step = {"request": "a", "right": "erasure", "why": "none"}
    delivered: Mapping[str, str | int] = {"act": "delivered", "to": "mailer", "purpose": "recommendations"}
    return [
        entry(Kind.CONSENT, Outcome.GIVEN, COUNT, "rec", evidence="person", version=1),
        entry(Kind.CONSENT, Outcome.REFUSED, COUNT, "ana", evidence="person", version=1),
        entry(Kind.RIGHTS, Outcome.DONE, COUNT, act="received", **step),
        entry(Kind.RIGHTS, Outcome.DONE, COUNT + 5000, act="completed", **step),
        entry(Kind.EXPORT, Outcome.DONE, COUNT + 5000, rows=3, until=7, **delivered),
    ]


def _export(root: Path, out: Path, query: Query, language: str = "en") -> None:
    def record(detail: Mapping[str, str | int]) -> int:
        return write_log(root, [encode_entry(Entry(Kind.EXPORT, Outcome.DONE, BEGAN, detail=detail))])

    order = Order(root / "log", out, query, Encoding.JSONL, BEGAN + 10**6, "volens test", 1)
    settings = Settings.model_construct(destinations=())
    make_export(order, record, report_writer(POLICY, settings, language=language))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("log")
    write_log(root, [*entries(COUNT), *_said()])
    for name, query, language in (
        ("whole", Query(), "de"),
        ("late", Query(since=BEGAN + 10 * MINUTE, before=BEGAN + 200 * MINUTE), "en"),
        ("hiding", Query(kinds=("decision",)), "en"),
    ):
        _export(root, root / name, query, language)
    return root


def verified(path: Path) -> Verified:
    found = verify_export(path, keys=[SIGNER.verifier])
    assert found.findings == []
    return found


def _change(path: Path, change: Mapping[str, Any]) -> Verified:
    """An export whose maker wrote something else into the report, and had the log name it."""
    report = msgspec.json.decode((path / REPORT_DATA).read_bytes())
    (path / REPORT_DATA).write_bytes(msgspec.json.encode(report | change, order="sorted"))
    before = decode_manifest((path / MANIFEST).read_bytes())
    files = tuple(described(path / file.name, path, file.count) for file in before.files)
    (path / MANIFEST).write_bytes(encode_manifest(msgspec.structs.replace(before, files=files)))
    found = verify_export(path, keys=[SIGNER.verifier])
    assert {each.cause for each in found.findings} == {Fault.NOT_IN_THE_LOG}
    return found


def test_a_report_over_everything_is_counted_again(made: Path) -> None:
    found = verified(made / "whole")
    done = recount(made / "whole", found)
    assert found.findings == []
    assert set(done.same) >= {"uses", "consents", "withheld", "rights", "log", "sample", "deliveries", REPORT}
    assert set(done.left) == {"differences"}
    report = msgspec.json.decode((made / "whole" / REPORT_DATA).read_bytes())
    assert {each["code"]: each["entries"] for each in report["uses"] if each["kind"] == "event"} == {
        "ana": COUNT // 4,
        "rec": COUNT // 4,
    }
    assert report["rights"]["by_right"]["erasure"]["complied"] == 1


def test_of_a_part_of_the_log_what_cannot_be_counted_is_named(made: Path) -> None:
    found = verified(made / "late")
    done = recount(made / "late", found)
    assert found.findings == []
    assert {"rights", "differences", "the root that the sample is drawn from"} == set(done.left)
    assert "rights" not in done.same


def test_where_older_entries_were_pruned_what_is_left_is_counted(made: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(made, tmp_path / "root"))
    pruned(root, COUNT + 5001)
    _export(root, root / "left", Query())
    found = verified(root / "left")
    done = recount(root / "left", found)
    assert found.findings == []
    assert {"range", "rights", "log", "sample"} <= set(done.same)
    report = msgspec.json.decode((root / "left" / REPORT_DATA).read_bytes())
    assert report["range"]["pruned"]["minimum"] == report["range"]["first"] == 256


def test_where_entries_are_hidden_nothing_is_said_to_be_counted_but_the_page(made: Path) -> None:
    done = recount(made / "hiding", verified(made / "hiding"))
    assert (done.same, done.left) == ([REPORT], {"every number": "entries are hidden"})


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("uses", lambda rows: [{**rows[0], "entries": rows[0]["entries"] + 1}, *rows[1:]]),
        ("uses", lambda rows: rows[1:]),
        ("consents", lambda rows: [{**each, "refused": 0} for each in rows]),
        ("processing", lambda rows: [{**each, "decisions": 0} for each in rows]),
        ("withheld", lambda _: []),
        ("log", lambda said: {**said, "starts": 0}),
        ("log", lambda said: {**said, "root": "A" * 43 + "="}),
        ("range", lambda said: {**said, "entries": 1}),
        ("rights", lambda said: {**said, "by_right": {}}),
        ("deliveries", lambda rows: [{**each, "signals": 1} for each in rows]),
        ("sample", lambda said: {**said, "indices": said["indices"][::-1]}),
        ("policies", lambda _: None),
        ("uses", lambda _: None),
        ("sample", lambda said: said | {"size": 10**9}),
    ],
)
def test_a_number_that_was_altered_is_found(made: Path, tmp_path: Path, part: str, change: Any) -> None:
    out = Path(shutil.copytree(made / "whole", tmp_path / "out"))
    report = msgspec.json.decode((out / REPORT_DATA).read_bytes())
    found = _change(out, {part: change(report[part])})
    recount(out, found)
    places = {each.place for each in found.findings if each.cause is Fault.REPORT}
    assert f"{REPORT_DATA} {part}" in places
    assert REPORT in places  # and the page says something else than the data


def test_a_page_that_says_something_else_is_found(made: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(made / "whole", tmp_path / "out"))
    page = (out / REPORT).read_bytes()
    (out / REPORT).write_bytes(page.replace(b"<td", b"<td ", 1))
    found = _change(out, {})
    recount(out, found)
    assert [each.place for each in found.findings if each.cause is Fault.REPORT] == [REPORT]


def test_a_report_of_an_older_version_is_judged_by_what_it_says(made: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(made / "whole", tmp_path / "out"))
    report = msgspec.json.decode((out / REPORT_DATA).read_bytes())
    uses = [{name: value for name, value in each.items() if name != "code"} for each in report["uses"]]
    found = _change(out, {"uses": uses, "page": hashlib.sha256(b"another").hexdigest()})
    done = recount(out, found)
    assert Fault.REPORT not in {each.cause for each in found.findings}
    assert {"uses", REPORT} <= set(done.left)


def test_what_is_no_report_is_found(made: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(made / "whole", tmp_path / "out"))
    found = _change(out, {"format": "other/v1"})
    recount(out, found)
    assert Fault.REPORT in {each.cause for each in found.findings}
