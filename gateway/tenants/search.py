"""Who may, what with, what for: a rule set asked about every entity or action that it knows. Pure.

The entities of the file are asked about in its order, at most so many at once: a page may hold fewer than it could, and
the next goes on where this one stopped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from gateway.authzen import Evaluation, Searched
from gateway.tenants.judgement import judge
from gateway.tenants.model import RuleSet

MAX_JUDGED = 500
"""Questions that one page may cost."""


def find(
    rules: RuleSet, question: Evaluation, searched: Searched, start: int, limit: int
) -> tuple[list[dict[str, str]], int | None]:
    """One page of what is permitted.

    Args:
        rules: the tenant's.
        question: what is given; the id or the action that is looked for is empty.
        searched: which.
        start: where the page begins.
        limit: results at most.

    Returns:
        (Subjects or resources as type and id, actions as name; where the next page begins, None if there is no more.)
    """
    everything = _everything(rules, question, searched)
    found: list[dict[str, str]] = []
    place = start
    while place < min(len(everything), start + MAX_JUDGED) and len(found) < limit:
        named, asked = _asked(question, searched, everything[place])
        if judge(rules, asked).granted:
            found.append(named)
        place += 1
    return found, place if place < len(everything) else None


def _everything(rules: RuleSet, question: Evaluation, searched: Searched) -> Sequence[str]:
    if searched is Searched.ACTION:
        return rules.actions_between.get((question.subject.type, question.resource.type), ())
    return rules.ids.get(getattr(question, searched.value).type, ())


def _asked(question: Evaluation, searched: Searched, name: str) -> tuple[dict[str, str], Evaluation]:
    if searched is Searched.ACTION:
        return {"name": name}, replace(question, action=name)
    entity = replace(getattr(question, searched.value), id=name)
    both: dict[str, Any] = {searched.value: entity}
    return {"type": entity.type, "id": name}, replace(question, **both)
