"""The log takes entries of every kind and act, and keeps them for good: no reader may stumble over any of them."""

from __future__ import annotations

from audit import Checkpoint, Entry, Kind, Outcome, encode_entry
from consent import RightsAct, default_policy_text, parse_policy
from gateway.aggregates.entries import ReleaseAct
from gateway.memory.people import People
from gateway.officer.looks import OfficerAct
from gateway.officer.tallies import LogCounts, count
from gateway.own_slates.controls import Wish
from gateway.reporting.entry_frame import entry_frame
from gateway.reporting.proving import ExportRange
from gateway.reporting.query import Query
from gateway.reporting.tallies import tally_of
from gateway.reports.assembling import assemble
from gateway.reports.page import render_report
from gateway.reports.withdrawals import follow_withdrawals
from gateway.wording.languages import Languages

BEGAN = 1_795_000_020
POLICY = parse_policy(default_policy_text().encode())
OTHER_ACTS = {
    "opened",
    "asked",
    "checked",
    "closed",
    "broken_off",
    "enrolled",
    "left",
    "export",
    "disclosure",
}
ACTS = sorted({act.value for acts in (RightsAct, ReleaseAct, OfficerAct, Wish) for act in acts} | OTHER_ACTS)
MEMBERS: dict[str, str | int] = {
    "request": "00" * 32,
    "right": "access",
    "why": "none",
    "key": "people@1/2026-11-21",
    "urho": 1_000,
    "fdelta": 0,
    "digest": "00" * 32,
    "scopes": "global/2026-11-21",
    "round": 1,
    "micro_rho": 5,
    "lost": 1,
    "truncated": 1,
    "rows": 1,
    "manifest": "00" * 32,
}


def every_entry() -> list[bytes]:
    """Of each kind and act: with nothing else, with everything, and with all but one member."""
    details = [{"act": act, **more} for act in ACTS for more in ({}, MEMBERS)]
    details += [
        {"act": act, **{name: said for name, said in MEMBERS.items() if name != left_out}}
        for act in ("received", "completed", "booked", "published", "closed", "export")
        for left_out in MEMBERS
    ]
    return [
        encode_entry(Entry(kind, Outcome.DONE, BEGAN, ("rec",), POLICY.digest, detail=detail))
        for kind in Kind
        for detail in details
    ]


ENTRIES = every_entry()


def test_a_report_is_made_over_every_kind_and_act_in_every_language() -> None:
    range_ = ExportRange(
        Checkpoint("example/log", len(ENTRIES), bytes(32)), 0, len(ENTRIES), Query(), BEGAN + 9
    )
    report = assemble(tally_of(entry_frame(0, ENTRIES)), range_, POLICY, {})
    assert {wish.value for wish in Wish} <= report["rights"]["wishes"].keys()
    assert report["rights"]["by_right"]["all"]["received"] == 1
    assert report["privacy_spend"]["releases"][0]["published"] == 1
    report["withdrawals"] = follow_withdrawals(People(), lambda: enumerate(ENTRIES), 0, len(ENTRIES)).row()
    for language in Languages().all():
        assert b"<code>less_like_this</code></th>" in render_report(report, language)


def test_the_overview_counts_every_kind_and_act() -> None:
    counts = LogCounts()
    count(counts, ENTRIES)
    assert counts.kinds.keys() == {kind.value for kind in Kind}
    assert counts.counted == len(ENTRIES)
