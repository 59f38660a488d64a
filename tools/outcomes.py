"""Renders docs/outcomes.md from `audit.Outcome`."""

from __future__ import annotations

from audit import Outcome

HEAD = """# Outcomes

Everything admitted (an event, a decision, a change of consent, an administrative act) ends in exactly one of these. The list is
closed, and its words are part of the frozen leaf format. `gateway/evidence/outcomes.py` makes forgetting impossible: at any moment at
which no request is in flight, admitted = sum of outcomes. The part after the dot is the reason that apps are told.

Generated from `audit.Outcome`; do not edit.
"""
GROUPS = {
    "An event": ("accepted", "duplicate", "invalid", "withheld."),
    "A decision": ("personalised", "unpersonalised."),
    "A question whether a service may use a person's data": ("permitted", "denied."),
    "A rule that matched, or a segment": ("fired", "suppressed.", "joined", "left"),
    "A change of consent": (
        "given", "refused", "withdrawn", "revoked", "objected", "restricted", "invalidated", "renewed", "expired",
    ),
    "Any other act": ("done", "failed"),
    "A fault (counted in the metrics, never an entry of the log)": ("fault.",),
}  # fmt: skip
"""Heading -> the values, or (ending in a dot) their beginnings, that stand under it."""


def stands_under(outcome: Outcome, beginnings: tuple[str, ...]) -> bool:
    """Whether an outcome belongs to a group."""
    return any(outcome.value.startswith(b) if b.endswith(".") else outcome.value == b for b in beginnings)


def render_reference() -> str:
    """Return the page."""
    parts = [HEAD]
    for heading, beginnings in GROUPS.items():
        parts.append(f"\n## {heading}\n\n| outcome | meaning |\n|---|---|\n")
        parts += [f"| `{o.value}` | {o.meaning} |\n" for o in Outcome if stands_under(o, beginnings)]
    return "".join(parts)
