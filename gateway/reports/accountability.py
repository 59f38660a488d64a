"""What was done with data, under which policy, and how the log fared: counts, each of which can be counted again from an export.

Source: GDPR art. 5(2) and 24 (accountability).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import polars as pl

from audit import ENDING_OUTCOMES, GIVING_OUTCOMES, Outcome
from gateway.reporting.tallies import RangeCounts
from privacy import DAY_SECONDS

USES = ("event", "decision", "permission", "rule")
"""Kinds of entries about a use of data, permitted or not."""
DELIVERED = "delivered"
"""The act of an entry that says what a recipient was given."""
_GIVING = [each.value for each in Outcome if each in GIVING_OUTCOMES]
_ENDING = [each.value for each in Outcome if each in ENDING_OUTCOMES]


def uses(tally: RangeCounts, named: Mapping[str, tuple[str, str]]) -> list[dict[str, Any]]:
    """Per purpose, kind and outcome: how many entries. An entry about several purposes counts for each.

    Args:
        tally: of the range.
        named: id and legal basis of purposes, by their codes.
    """
    rows = (
        _by_purpose(tally)
        .filter(pl.col("kind").is_in(USES))
        .group_by("purpose", "kind", "outcome")
        .agg(pl.col("n").sum())
        .sort("purpose", "kind", "outcome")
    )
    return [
        {
            "code": row["purpose"],
            "purpose": named.get(row["purpose"], (row["purpose"], ""))[0],
            "basis": named.get(row["purpose"], ("", ""))[1],
            "kind": row["kind"],
            "outcome": row["outcome"],
            "entries": row["n"],
        }
        for row in rows.iter_rows(named=True)
    ]


def consents(tally: RangeCounts, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Per purpose or condition: what people said, and the share of yes among answers that were yes or no."""
    counted = (
        _by_purpose(tally)
        .filter(pl.col("kind") == "consent")
        .group_by("purpose", "outcome")
        .agg(pl.col("n").sum())
    )
    found: dict[str, dict[str, int]] = {}
    for purpose, outcome, n in counted.iter_rows():
        found.setdefault(purpose, {})[outcome] = n
    rows = []
    for code, said in sorted(found.items(), key=lambda each: (names.get(each[0], each[0]), each[0])):
        given, refused = said.get("given", 0), said.get("refused", 0)
        share = round(given / (given + refused), 4) if given + refused else None
        ended = {word: said.get(word, 0) for word in _ENDING if word != "refused"}
        rows.append(
            {"code": code, "purpose": names.get(code, code)}
            | {"given": given, "refused": refused, "renewed": said.get("renewed", 0)}
            | ended
            | {"share_given": share}
        )
    return rows


def consents_by_day(tally: RangeCounts) -> list[dict[str, Any]]:
    """Per day: how many said yes, and how many no or ended it."""
    counted = (
        tally.counts.filter(pl.col("kind") == "consent")
        .group_by("day")
        .agg(
            given=pl.col("n").filter(pl.col("outcome").is_in(_GIVING)).sum(),
            ended=pl.col("n").filter(pl.col("outcome").is_in(_ENDING)).sum(),
        )
        .sort("day")
    )
    return [
        {"day": day_text(row["day"]), "given": row["given"], "ended": row["ended"]}
        for row in counted.iter_rows(named=True)
    ]


def evidence(tally: RangeCounts) -> list[dict[str, Any]]:
    """Who stood for what people said: the person, an app, a consent manager, an import."""
    counted = tally.counts.filter(pl.col("kind") == "consent").group_by("evidence").agg(pl.col("n").sum())
    return [{"evidence": row[0] or "none", "changes": row[1]} for row in counted.sort("evidence").iter_rows()]


def withheld(tally: RangeCounts) -> list[dict[str, Any]]:
    """Events that were withheld, by reason."""
    counted = tally.withheld.group_by("reason").agg(pl.col("n").sum()).sort("reason")
    return [{"reason": reason, "events": n} for reason, n in counted.iter_rows()]


def in_force(tally: RangeCounts, column: str) -> list[dict[str, Any]]:
    """Each digest of a policy or model that entries name: the first entry that does, and how many do."""
    counted = (
        tally.counts.filter(pl.col(column) != "")
        .group_by(column)
        .agg(pl.col("first").min(), pl.col("n").sum())
        .sort("first")
    )
    return [{"digest": row[0], "first": row[1], "entries": row[2]} for row in counted.iter_rows()]


def log_health(tally: RangeCounts) -> dict[str, int]:
    """Starts of the log, what they cut off, and how many entries it could not take."""
    starts = [json.loads(details) for details in details_of(tally, "boot")]
    gaps = [json.loads(details) for details in details_of(tally, "gap")]
    return {
        "starts": len(starts),
        "torn_bytes": sum(each.get("truncated", 0) for each in starts),
        "gaps": len(gaps),
        "lost_entries": sum(each.get("lost", 0) for each in gaps),
        "key_acts": len(details_of(tally, "key")),
        "erasures": len(details_of(tally, "erasure")),
    }


def disclosures(tally: RangeCounts) -> list[dict[str, Any]]:
    """What was exported or disclosed of the log before, by its own entries."""
    rows = tally.facts.filter(pl.col("kind") == "export").select("index", "at", "details").iter_rows()
    found = []
    for index, at, details in rows:
        said = json.loads(details)
        if said.get("act") == DELIVERED:
            continue
        found.append(
            {"index": index, "at": moment_text(at), "act": said.get("act", ""), "rows": said.get("rows", 0)}
            | {name: said.get(name, "") for name in ("encoding", "first", "until", "manifest")}
        )
    return found


def deliveries(tally: RangeCounts, recipients: Mapping[str, str]) -> list[dict[str, Any]]:
    """Who was given what: signals by recipient and purpose, and when the first and the last entry says so. Recipients that are
    configured and were given nothing are there with none.
    """
    found = {(to, purpose): {"signals": 0, "first": "", "last": ""} for to, purpose in recipients.items()}
    rows = tally.facts.filter(pl.col("kind") == "export").sort("index").select("at", "details").iter_rows()
    for at, details in rows:
        said = json.loads(details)
        if said.get("act") == DELIVERED:
            given = found.setdefault((said["to"], said["purpose"]), {"signals": 0, "first": "", "last": ""})
            given["signals"] += said["rows"]
            given["first"] = given["first"] or moment_text(at)
            given["last"] = moment_text(at)
    return [{"recipient": to, "purpose": purpose} | found[to, purpose] for to, purpose in sorted(found)]


def details_of(tally: RangeCounts, kind: str) -> list[str]:
    """The details of each fact of a kind."""
    return tally.facts.filter(pl.col("kind") == kind)["details"].to_list()


def day_text(day: int) -> str:
    """Days since 1970 as a date."""
    return moment_text(day * DAY_SECONDS)[:10]


def moment_text(at: int) -> str:
    """Unix seconds in ISO 8601, UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _by_purpose(tally: RangeCounts) -> pl.DataFrame:
    split = tally.counts.with_columns(purpose=pl.col("purposes").str.split(" ")).explode("purpose")
    return split.filter(pl.col("purpose") != "")
