"""One report over a range of the log: everything an officer is asked for, as data. Nothing in it is about one person."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from consent import Policy
from gateway.reporting.proving import ExportRange
from gateway.reporting.tallies import RangeCounts
from gateway.reports import accountability
from gateway.reports.privacy_spend import privacy_spend, rounds
from gateway.reports.processing_record import differences, processing_record
from gateway.reports.rights_metrics import californian, rights_metrics, together, wishes
from gateway.reports.sampling import SAMPLE_SIZE, draw_sample

FORMAT = "volens-report/v1"


def assemble(
    tally: RangeCounts, range_: ExportRange, policy: Policy, recipients: Mapping[str, str], locale: str = ""
) -> dict[str, Any]:
    """The report.

    Args:
        tally: of the whole range, selected or not.
        range_: which range of which log.
        policy: in force when it is made.
        recipients: the destinations that are configured, each with its purpose.
        locale: of the titles of purposes; the policy's own where it has none.
    """
    checkpoint = range_.checkpoint
    named = {purpose.code: (purpose.id, purpose.legal_basis.value) for purpose in policy.purposes}
    follows = counted(tally, range_)
    return {
        "format": FORMAT,
        "log": {
            "origin": checkpoint.origin,
            "size": checkpoint.size,
            "root": base64.b64encode(checkpoint.root).decode(),
            **accountability.log_health(tally),
        },
        "controller": policy.controller.facts() if policy.controller is not None else None,
        "policy": policy.digest_text,
        "uses": accountability.uses(tally, named),
        "processing": processing_record(tally, policy, recipients, locale or policy.default_locale),
        "differences": differences(
            tally,
            policy,
            recipients,
            [each["digest"] for each in follows["policies"]],
            is_whole=range_.pruned is None,
        ),
        "consents": accountability.consents(tally, {entry.code: entry.id for entry in policy.entries}),
        "rights": request_counts(tally, range_),
        "deliveries": accountability.deliveries(tally, recipients),
        "sample": {
            "size": SAMPLE_SIZE,
            "indices": draw_sample(checkpoint.root, range_.first, range_.until),
        },
        **follows,
    }


def counted(tally: RangeCounts, range_: ExportRange) -> dict[str, Any]:
    """The parts of a report that follow from the entries of its range alone: whoever has them all counts them again."""
    return {
        "range": _range(tally, range_),
        "withheld": accountability.withheld(tally),
        "policies": accountability.in_force(tally, "policy"),
        "models": accountability.in_force(tally, "model"),
        "consents_by_day": accountability.consents_by_day(tally),
        "evidence": accountability.evidence(tally),
        "privacy_spend": privacy_spend(tally),
        "rounds": rounds(tally),
        "disclosures": accountability.disclosures(tally),
    }


def _range(tally: RangeCounts, range_: ExportRange) -> dict[str, Any]:
    days, pruned = tally.counts["day"], range_.pruned
    return {
        "first": range_.first,
        "last": range_.until - 1,
        "entries": range_.until - range_.first,
        "from": accountability.day_text(days.min()),  # type: ignore[arg-type]  # a range has an entry
        "to": accountability.day_text(days.max()),  # type: ignore[arg-type]
        "made_at": accountability.moment_text(range_.made_at),
        "pruned": None if pruned is None else {"minimum": pruned.index, "announced": pruned.announced},
    }


def request_counts(tally: RangeCounts, range_: ExportRange) -> dict[str, Any]:
    """Requests of people, of the range and, so far as they count in it, from before."""
    rows = tally.facts.filter(tally.facts["kind"] == "rights").select("at", "details").rows()
    end = range_.made_at if range_.query.before is None else min(range_.query.before, range_.made_at)
    metrics = rights_metrics(rows, end, range_.earlier_requests)
    return {
        "by_right": {name: metrics[name].row() for name in sorted(metrics)}
        | {"all": together(metrics.values()).row()},
        "californian": {name: each.row() for name, each in californian(metrics).items()},
        "wishes": wishes(rows),
    }
