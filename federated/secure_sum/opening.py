"""Opening the sum: secrets are put together from the answers, and the masks that they make are taken off the sum."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from federated.secure_sum.masks import Use, Values, agree, commit_to, mask_of, public_of
from federated.secure_sum.messages import Advertisement, Opening, Shares
from federated.secure_sum.plan import SumPlan
from federated.secure_sum.refusals import Refusal
from federated.secure_sum.shamir import join


def open_sum(
    plan: SumPlan,
    roster: Sequence[Advertisement],
    digest: bytes,
    shares: Mapping[int, Shares],
    uploads: Mapping[int, Values],
    answers: Mapping[int, Opening],
) -> Values | Refusal:
    """The sum of the uploads without masks, modulo 2**32.

    Args:
        plan: of the sum.
        roster: all participants, by place.
        digest: of the roster.
        shares: who shared their secrets, by place: those who masked, or were about to.
        uploads: masked vectors of those who stayed.
        answers: what those who stayed answered.
    """
    total = np.zeros(plan.n_values, np.uint32)
    threshold = plan.threshold(len(roster))
    for place, upload in uploads.items():
        held = {
            by + 1: answer.own_masks[place] for by, answer in answers.items() if place in answer.own_masks
        }
        seed = _joined(held, threshold, _opens(shares[place].own_mask, digest))
        if isinstance(seed, Refusal):
            return seed
        total += upload
        total -= mask_of(seed, plan.n_values)
    for place in shares.keys() - uploads.keys():
        held = {
            by + 1: answer.mask_keys[place] for by, answer in answers.items() if place in answer.mask_keys
        }
        near = [other for other in plan.holders(place, len(roster)) if other in uploads]
        if not near:
            continue
        secret = _joined(held, threshold, _is_key(roster[place].mask_key))
        if isinstance(secret, Refusal):
            return secret
        for other in near:
            seed_with = agree(secret, roster[other].mask_key, digest, Use.MASK)
            if seed_with is None:
                return Refusal.WRONG_SHARES
            mask = mask_of(seed_with, plan.n_values)
            if other < place:
                total -= mask
            else:
                total += mask
    return total


def _opens(commitment: bytes, digest: bytes) -> Callable[[bytes], bool]:
    return lambda seed: commit_to(seed, digest) == commitment


def _is_key(public: bytes) -> Callable[[bytes], bool]:
    return lambda secret: public_of(secret) == public


def _joined(held: Mapping[int, bytes], threshold: int, is_right: Callable[[bytes], bool]) -> bytes | Refusal:
    """The secret of these shares. One device's wrong share is got round if there is a share to spare."""
    if len(held) < threshold:
        return Refusal.TOO_FEW
    for chosen in _choices(sorted(held), threshold):
        secret = join({point: held[point] for point in chosen})
        if secret is not None and is_right(secret):
            return secret
    return Refusal.WRONG_SHARES


def _choices(points: list[int], threshold: int) -> Iterator[list[int]]:
    """Runs of `threshold` points, cyclically: with one to spare, some run leaves any one of them out."""
    twice = points + points
    starts = range(len(points)) if len(points) > threshold else range(1)
    return (twice[start : start + threshold] for start in starts)
