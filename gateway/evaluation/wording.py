"""What an evaluation found, for people and for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from scoring import Evaluation, Measured

_DIGITS = 4


def as_numbers(found: Evaluation, seconds: float) -> dict[str, Any]:
    """Everything as JSON values; the hybrid's numbers stand at the top."""
    best = found.hybrid
    return {
        "hr_at_10": round(best.hr_at_10, 6),
        "ndcg_at_10": round(best.ndcg_at_10, 6),
        "hr_at_10_interval": [round(end, 6) for end in best.hr_at_10_interval],
        "ndcg_at_10_interval": [round(end, 6) for end in best.ndcg_at_10_interval],
        **asdict(found),
        "seconds": round(seconds, 1),
    }


def as_table(found: Evaluation, seconds: float) -> list[str]:
    """The same as lines."""
    lines = [
        f"{found.people:,} people, {found.items:,} items, {found.interactions:,} rows; asked for {found.protocol}",
        f"{found.questions:,} questions against all items; tuned on {found.tuning_questions:,} others; {seconds:.0f} s",
        "",
        f"{'':26}{'HR@10':>8}  {'95 %':17}{'NDCG@10':>8}  95 %",
    ]
    lines += [_row(measured) for measured in found.rows]
    lines += [
        f"{f'{each.name} (published)':26}{each.hr_at_10:8.4f}  {'':17}{each.ndcg_at_10:8.4f}"
        for each in found.published
    ]
    if found.context_gain is not None:
        low, high = found.context_gain.interval
        lines += ["", f"context adds {found.context_gain.ndcg_at_10:+.4f} NDCG@10, {low:+.4f} to {high:+.4f}"]
    lines += ["", "tuned:"]
    lines += [
        f"  {name:24}" + ", ".join(f"{setting} {value:g}" for setting, value in chosen.items())
        for name, chosen in found.tuned.items()
    ]
    return lines


def _row(measured: Measured) -> str:
    low, high = measured.hr_at_10_interval
    hits = f"{measured.hr_at_10:8.{_DIGITS}f}  {f'{low:.{_DIGITS}f} to {high:.{_DIGITS}f}':17}"
    low, high = measured.ndcg_at_10_interval
    return (
        f"{measured.name:26}{hits}{measured.ndcg_at_10:8.{_DIGITS}f}  {low:.{_DIGITS}f} to {high:.{_DIGITS}f}"
    )
