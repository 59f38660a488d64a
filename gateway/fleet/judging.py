"""What whoever drives rounds says is judged before it is signed or kept: manifests, records, and what became of whom."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from audit import hash_leaf, root_of
from federated import (
    DocumentError,
    Manifest,
    Part,
    Participation,
    RoundRecord,
    Standing,
    Terms,
    Verdict,
    is_better_than_popular,
    read_manifest,
    read_record,
)
from gateway.errors import FleetRefusedError
from gateway.fleet.values import Device, Round

_MICRO = 1_000_000
_COUNTED = (Standing.INCLUDED, Standing.REFUSED, Standing.DROPPED, Standing.WITHDRAWN)


def judge_manifest(manifest: bytes, terms: Terms, before: Iterable[Round], now: int) -> Manifest:
    """The manifest, if it may be signed.

    Args:
        manifest: as it was sent.
        terms: what it must say.
        before: all rounds there were.
        now: unix seconds.

    Raises:
        FleetRefusedError: it cannot be read, is of other terms, or was here before.
    """
    try:
        said = read_manifest(manifest)
    except DocumentError:
        raise FleetRefusedError("malformed") from None
    told = Terms(said.name, said.version, said.policy, said.purpose, said.parent)
    if told != terms or not now < said.closes_at:
        raise FleetRefusedError("other_terms")
    if any(each.manifest == manifest for each in before):
        raise FleetRefusedError("seen_before")
    return said


def judge_record(
    record: bytes, here: Round, ordered: Sequence[Part], find: Callable[[bytes], Device | None]
) -> RoundRecord:
    """The record, if it says nothing else than what is known here.

    Args:
        record: as it was sent.
        here: the round.
        ordered: what became of whom, in the order of the leaves.
        find: a device by its name, if its person is known still.

    Raises:
        FleetRefusedError: it cannot be read, or says something else.
    """
    try:
        said = read_record(record)
    except DocumentError:
        raise FleetRefusedError("malformed") from None
    seen = (here.sampled_index or 0, here.rechecked_index or 0, hashlib.sha256(here.manifest).hexdigest())
    root = root_of([each.leaf for each in ordered]).hex()
    standings = Counter(each.standing.counted_as for each in ordered)
    counts = said.counts
    told = (counts.included, counts.refused, counts.dropped, counts.withdrawn, counts.enrolled)
    came_to = (*(standings[each] for each in _COUNTED), len({each.device for each in ordered}))
    if (said.asked_at, said.checked_at, said.manifest) != seen:
        raise FleetRefusedError("record")
    if said.participation != root or told != came_to:
        raise FleetRefusedError("record")
    if said.model is not None and not _may_be_published(said):
        raise FleetRefusedError("record")
    if (said.opened and here.rechecked_index is None) or not all(_is_true(each, find) for each in ordered):
        raise FleetRefusedError("record")
    return said


def _may_be_published(said: RoundRecord) -> bool:
    """Whether the verdict is that it may, and the record's own numbers say so: those of the people who were asked.

    They were held out, or, with too few cohorts for that, the same people, with other noise.
    """
    return said.verdict is Verdict.PUBLISHED and is_better_than_popular(said.metrics)


def _is_true(part: Part, find: Callable[[bytes], Device | None]) -> bool:
    """Whether a leaf is what its device, salt and standing make; true of a device of whom nothing is known any more."""
    found = find(part.device)
    if found is None:
        return True
    own = Participation(part.salt, found.signing_key, found.receipt, part.standing)
    return hash_leaf(own.leaf()) == part.leaf


def micro_rho_of(manifest: Manifest) -> int:
    """What a round costs, in millionths of rho, rounded up."""
    return math.ceil(manifest.rho * _MICRO)
