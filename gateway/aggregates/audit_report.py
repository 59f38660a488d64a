"""The report of a self-audit: what the five tests said of each release. A signed note (C2SP) is made of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from gateway.aggregates.questions import AuditFinding
from privacy import Release, plan_digest

HEADING = "volens privacy audit v1"
MEANINGS = {
    "T1": "bounds: the most that one person changed, as a share of what they may",
    "T2": "canaries: mu claimed (by Laplace noise epsilon), and at least",
    "T3": "threshold: delta claimed, and at least",
    "T4": "windows of a day: mu booked (by Laplace noise epsilon), and at least",
    "T5": "accounting: epsilon told, and exact",
}


def report_of(found: Iterable[tuple[Release, Sequence[AuditFinding]]], canaries: int, now: int) -> str:
    """The report: a line a test, below the release that it is about."""
    lines = [HEADING, datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), f"{canaries} canaries"]
    for release, findings in found:
        lines.append(f"{release.id}@{release.version} {plan_digest(release).hex()}")
        for each in findings:
            verdict = "sound" if each.sound else "UNSOUND"
            lines.append(f"  {each.test} {verdict} claimed {each.claimed:.6g} found {each.found:.6g}")
    return "\n".join(lines) + "\n"
