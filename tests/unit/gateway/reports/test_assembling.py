"""The report says what the entries say, names what differs from the policy, and shows nothing as markup."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from audit import Checkpoint, Entry, Kind, Minimum, Outcome, encode_entry
from consent import default_policy_text, parse_policy
from gateway.reporting.entry_frame import entry_frame
from gateway.reporting.proving import ExportRange
from gateway.reporting.query import Query
from gateway.reporting.tallies import added, tally_of
from gateway.reports.assembling import assemble
from gateway.reports.page import render_report
from gateway.wording.languages import Language, Languages

ENGLISH, GERMAN, FRENCH = Languages().all()
BEGAN = 1_795_000_020
DAY = 86_400
TEXT = default_policy_text()
POLICY = parse_policy(TEXT.encode())


def entry(kind: Kind, outcome: Outcome, *purposes: str, at: int = BEGAN, **more: object) -> bytes:
    return encode_entry(Entry(kind, outcome, at, purposes, POLICY.digest, **more))  # type: ignore[arg-type]


ENTRIES = [
    entry(Kind.BOOT, Outcome.DONE, detail={"epoch": 1, "size": 0, "truncated": 7}),
    entry(Kind.CONSENT, Outcome.GIVEN, "rec", detail={"evidence": "app_asserted", "version": 1}),
    entry(Kind.EVENT, Outcome.ACCEPTED, "ana", "rec"),
    entry(Kind.EVENT, Outcome.ACCEPTED, "rec", at=BEGAN + DAY),
    entry(Kind.WITHHELD, Outcome.DONE, counts={"refused": 3, "bot": 1}),
    entry(Kind.CONSENT, Outcome.REFUSED, "rec", at=BEGAN + DAY, detail={"evidence": "person", "version": 1}),
    entry(Kind.DECISION, Outcome.PERSONALISED, "zzz", at=BEGAN + DAY),
    entry(Kind.GAP, Outcome.DONE, detail={"lost": 4}),
    entry(
        Kind.EXPORT,
        Outcome.DONE,
        detail={"act": "export", "encoding": '<b>"', "first": 0, "manifest": "00", "rows": 2, "until": 4},
    ),
    *(
        entry(
            Kind.EXPORT,
            Outcome.DONE,
            at=BEGAN + day * DAY,
            detail={"act": "delivered", "to": to, "purpose": "recommendations", "rows": 5, "until": 7},
        )
        for day, to in enumerate(("<mailer>", "<left>", "<mailer>"))
    ),
]


def made_report() -> dict[str, object]:
    tallies = [tally_of(entry_frame(0, ENTRIES[:4])), tally_of(entry_frame(4, ENTRIES[4:]))]
    checkpoint = Checkpoint("example/log", len(ENTRIES), bytes(32))
    range_ = ExportRange(checkpoint, 0, len(ENTRIES), Query(), BEGAN + 2 * DAY)
    return assemble(added(tallies), range_, POLICY, {"<mailer>": "recommendations"})


@pytest.fixture(scope="module")
def report() -> dict[str, object]:
    return made_report()


def test_recipients_are_told_with_what_they_were_given(report: dict[str, object]) -> None:
    told = report["deliveries"]
    assert isinstance(told, list)
    left, mailer = told
    assert (left["recipient"], left["signals"], left["first"]) == ("<left>", 5, left["last"])
    assert (mailer["recipient"], mailer["purpose"], mailer["signals"]) == ("<mailer>", "recommendations", 10)
    assert mailer["first"] < mailer["last"]
    assert [each["act"] for each in report["disclosures"]] == ["export"]  # type: ignore[attr-defined]


def test_uses_are_counted_for_each_purpose(report: dict[str, list[dict[str, object]]]) -> None:
    counted = {(row["purpose"], row["kind"], row["outcome"]): row["entries"] for row in report["uses"]}
    assert counted == {
        ("analytics", "event", "accepted"): 1,
        ("recommendations", "event", "accepted"): 2,
        ("zzz", "decision", "personalised"): 1,
    }
    assert report["withheld"] == [{"reason": "bot", "events": 1}, {"reason": "refused", "events": 3}]


def test_consent_is_told_by_purpose_and_day(report: dict[str, list[dict[str, object]]]) -> None:
    (row,) = report["consents"]
    assert (row["purpose"], row["given"], row["refused"], row["share_given"]) == (
        "recommendations",
        1,
        1,
        0.5,
    )
    assert [(day["given"], day["ended"]) for day in report["consents_by_day"]] == [(1, 0), (0, 1)]


def test_the_log_tells_its_own_troubles(report: dict[str, dict[str, object]]) -> None:
    assert {**report["log"]}.items() >= {"starts": 1, "torn_bytes": 7, "gaps": 1, "lost_entries": 4}.items()


def test_what_differs_is_named(report: dict[str, list[dict[str, str]]]) -> None:
    said = {(each["about"], each["difference"]) for each in report["differences"]}
    assert ("zzz", "used, and the policy in force does not declare it") in said
    assert ("analytics", "used on the ground of consent, and none was given in this range") in said
    assert ("notifications", "declared, and not observed in this range") in said
    assert ("recommendations", "a recipient that is configured and not declared") in said
    named = {(each["name"], each["difference"]) for each in report["differences"] if each["name"]}
    assert ("<left>", "a recipient that was given signals and is not configured any more") in named
    assert ("<left>", "a recipient that was given signals and is not declared") in named
    assert ("<mailer>", "a recipient that was given signals and is not configured any more") not in named
    assert not any(about == "recommendations" and "observed" in words for about, words in said)


def test_where_entries_were_pruned_nothing_missing_is_a_difference_and_the_page_says_so() -> None:
    checkpoint = Checkpoint("example/log", 256 + len(ENTRIES), bytes(32))
    whole = ExportRange(checkpoint, 256, 256 + len(ENTRIES), Query(), BEGAN + 2 * DAY)
    late, said = replace(whole, pruned=Minimum(256, 261)), {}
    for range_ in (whole, late):
        report = assemble(tally_of(entry_frame(256, ENTRIES)), range_, POLICY, {}) | {"withdrawals": None}
        differences = " ".join(each["difference"] for each in report["differences"])
        said[range_] = (differences, render_report(report, ENGLISH).decode())
    for text in ("none was given in this range", "declared, and not observed"):
        assert (text in said[whole][0], text in said[late][0]) == (True, False)
    assert "does not declare it" in said[late][0]
    assert "Entry that announced it: 261" in said[late][1]
    assert "pruned" not in said[whole][1]


def test_the_page_is_one_file_and_every_value_is_escaped(report: dict[str, object]) -> None:
    page = render_report({**report, "withdrawals": None}, ENGLISH).decode()
    assert "&lt;mailer&gt;" in page
    assert "<mailer>" not in page
    assert '<b>"' not in page
    assert not re.search(r"<script|<link|<img|\shref=\"(?!#)|\ssrc=|\sstyle=|url\(", page)


def test_the_page_shows_what_followed_a_no(report: dict[str, object]) -> None:
    row = {
        "noes": 3,
        "asked_after": 2,
        "used_after": [41],
        "median_seconds": 0,
        "p99_seconds": 60,
        "most_seconds": 60,
    }
    page = render_report({**report, "withdrawals": row}, ENGLISH).decode()
    assert "Entries that used data after a no: <code>41</code>" in page


@pytest.mark.parametrize(
    ("before", "made_at", "overdue"), [(200, 1, 0), (200, 60, 1), (20, 60, 0), (None, 60, 1)]
)
def test_a_deadline_counts_when_the_report_is_made_and_no_later(
    before: int | None, made_at: int, overdue: int
) -> None:
    said = {"act": "received", "request": "00", "right": "access", "why": "none"}
    rows = [entry(Kind.RIGHTS, Outcome.DONE, detail=said)]
    query = Query(before=None if before is None else BEGAN + before * DAY)
    range_ = ExportRange(Checkpoint("example/log", 1, bytes(32)), 0, 1, query, BEGAN + made_at * DAY)
    report = assemble(tally_of(entry_frame(0, rows)), range_, POLICY, {})
    assert report["rights"]["by_right"]["access"]["overdue"] == overdue


def test_the_report_is_json_all_through(report: dict[str, object]) -> None:
    assert json.loads(json.dumps(report)) == report


def test_the_page_tells_what_was_spent(report: dict[str, object]) -> None:
    spend = {
        "releases": [{"release": "people@1", "booked": 2, "published": 1, "rho": 0.004}],
        "most_day": "2026-11-21",
        "most_rho": 0.0025,
        "most_epsilon": 0.412,
        "delta": 1e-9,
    }
    round_ = {"round": 7, "asked": 90, "included": None, "rho": 0.5, "verdict": None, "ended": "broken_off"}
    page = render_report(
        {**report, "withdrawals": None, "privacy_spend": spend, "rounds": [round_]}, ENGLISH
    ).decode()
    assert re.search(r"people@1</th><td class=\"n\">2</td><td class=\"n\">1</td><td class=\"n\">0.004", page)
    assert "2026-11-21: rho 0.0025, which is an epsilon of 0.412" in page
    assert "broken_off" in page


@pytest.mark.parametrize(
    ("language", "written"), [(ENGLISH, "5,638"), (GERMAN, "5.638"), (FRENCH, "5\u202f638")]
)
def test_numbers_are_written_as_the_language_does(
    report: dict[str, dict[str, object]], language: Language, written: str
) -> None:
    log = {**report["log"], "size": 5638}
    page = render_report({**report, "log": log, "withdrawals": None}, language).decode()
    assert f"<dd>{written}</dd>" in page


def test_the_page_speaks_german_and_french(report: dict[str, object]) -> None:
    page = {
        each.code: render_report({**report, "withdrawals": None}, each).decode() for each in (GERMAN, FRENCH)
    }
    assert '<html lang="de">' in page["de"]
    assert "Verzeichnis der Verarbeitung" in page["de"]
    assert '<td class="n">0,5</td>' in page["de"]
    assert "Registre des traitements" in page["fr"]
    assert "<td>Durchgelassen<br><code>accepted</code></td>" in page["de"]
    assert "<td>Transmis<br><code>accepted</code></td>" in page["fr"]
    assert "ein Empfänger, der eingerichtet und nicht erklärt ist" in page["de"]
    for text in ("Where declared and observed differ", "Requests of people", "Population and sample"):
        assert not any(text in each for each in page.values())
