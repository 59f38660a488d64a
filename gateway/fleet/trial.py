"""The trial of an artefact before it is served: it can be read, knows the items that are known, and tells histories apart."""

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
    return "degenerate" if len(set(slates)) == 1 and len(slates) > 1 else None


def _slate_of(artefact: Artefact, number: int) -> tuple[str, ...]:
    """What is best for somebody who looked at one item, that one among it: without it, slates would differ by that alone."""
    history = [Visit(artefact.items.ids[number], 1)]
    return tuple(item for item, _ in rank(artefact, history, 1, limit=_SLATE, again=True))


def _spread(n_items: int) -> list[int]:
    return sorted({step * n_items // CANARIES for step in range(CANARIES)})
