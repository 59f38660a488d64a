"""The trial of an artefact before it is served: it can be read, ranks as many items as asked for, and tells histories apart."""

from __future__ import annotations

from federated import Artefact, DocumentError, Visit, rank, read_artefact

CANARIES = 32
"""Histories that nobody has, to rank with."""
_SLATE = 10


def try_out(artefact: bytes, present: bytes | None) -> str | None:
    """Why an artefact is not to be served, as a word; None if it may be.

    Args:
        artefact: the new one.
        present: the one that is served now, which it must not know fewer than half of the items of.
    """
    try:
        fresh = read_artefact(artefact)
    except DocumentError:
        return "malformed"
    if present is not None:
        known = set(read_artefact(present).items.ids)
        if 2 * len(known & set(fresh.items.ids)) < len(known):
            return "other_items"
    slates = [_slate_of(fresh, number) for number in _spread(len(fresh.items))]
    if any(len(slate) < min(_SLATE, len(fresh.items) - 1) for slate in slates):
        return "short_slate"
    if len(set(slates)) == 1 and len(slates) > 1:
        return "degenerate"
    return None


def _slate_of(artefact: Artefact, number: int) -> tuple[str, ...]:
    """What somebody is shown who looked at one item."""
    history = [Visit(artefact.items.ids[number], 1)]
    slate = rank(artefact, history, 1, limit=_SLATE, again=False)
    return tuple(item for item, _ in slate if item != artefact.items.ids[number])


def _spread(n_items: int) -> list[int]:
    return sorted({step * n_items // CANARIES for step in range(CANARIES)})
