"""Opening the sum: secrets are put together from the answers, and the masks that they make are taken off the sum."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from federated.secure_sum.correcting import correct
from federated.secure_sum.masks import Use, Values, agree, commit_to, mask_of, public_of
from federated.secure_sum.messages import Advertisement, Opening, Shares
from federated.secure_sum.plan import SumPlan
from federated.secure_sum.refusals import Refusal
from federated.secure_sum.shamir import agrees, join

_SURE = 2
"""Shares to spare from which on it is the one who made them that is wrong, and not another single one who gave its share."""


@dataclass(slots=True)
class Opened:
    """What an opening came to."""

    total: Values | Refusal
    """The sum, if every secret was found."""
    faulty: frozenset[int]
    """The places of those who shared no right secret, or gave wrong shares of most others'."""


def open_sum(
    plan: SumPlan,
    roster: Sequence[Advertisement],
    digest: bytes,
    shares: Mapping[int, Shares],
    uploads: Mapping[int, Values],
    answers: Mapping[int, Opening],
) -> Opened:
    """The sum of the uploads without masks, modulo 2**32.

    Args:
        plan: of the sum.
        roster: all participants, by place.
        digest: of the roster.
        shares: who shared their secrets, by place: those who masked, or were about to.
        uploads: masked vectors of those who stayed.
        answers: what those who stayed answered.
    """
    near = {place: plan.holders(place, len(roster)) for place in shares}
    wanted = [place for place in shares if place in uploads or any(h in uploads for h in near[place])]
    secrets: dict[int, _Secret] = {
        place: _Secret(
            _held(place, answers, stayed=place in uploads),
            _opens(shares[place].own_mask, digest) if place in uploads else _is_key(roster[place].mask_key),
        )
        for place in wanted
    }
    faulty = _put_together(secrets, plan.threshold(len(roster)))
    refused = next((each.found for each in secrets.values() if isinstance(each.found, Refusal)), None)
    if refused is not None:
        return Opened(refused, faulty)
    total = np.zeros(plan.n_values, np.uint32)
    for place, one in secrets.items():
        assert isinstance(one.found, bytes)
        if place in uploads:
            total += uploads[place]
            total -= mask_of(one.found, plan.n_values)
            continue
        for other in (each for each in near[place] if each in uploads):
            seed = agree(one.found, roster[other].mask_key, digest, Use.MASK)
            if seed is None:
                return Opened(Refusal.WRONG_SHARES, faulty)
            mask = mask_of(seed, plan.n_values)
            if other < place:
                total -= mask
            else:
                total += mask
    return Opened(total, faulty)


@dataclass(slots=True)
class _Secret:
    """One secret to be found."""

    held: Mapping[int, bytes]
    """Point -> share, as they were given."""
    is_right: Callable[[bytes], bool]
    """Whether it is the one that was promised."""
    found: bytes | Refusal = Refusal.TOO_FEW
    """It, or why not."""
    by: Mapping[int, bytes] = field(default_factory=dict)
    """The shares that it was found by, exactly as many as it takes."""


def _held(place: int, answers: Mapping[int, Opening], *, stayed: bool) -> dict[int, bytes]:
    given = {by: (answer.own_masks if stayed else answer.mask_keys) for by, answer in answers.items()}
    return {by + 1: shares[place] for by, shares in given.items() if place in shares}


def _opens(commitment: bytes, digest: bytes) -> Callable[[bytes], bool]:
    return lambda seed: commit_to(seed, digest) == commitment


def _is_key(public: bytes) -> Callable[[bytes], bool]:
    return lambda secret: public_of(secret) == public


def _put_together(secrets: Mapping[int, _Secret], threshold: int) -> frozenset[int]:
    """Find them all, twice if some give wrong shares: then without theirs. The places of who is at fault."""
    suspects: set[int] = set()
    for one in secrets.values():
        _find(one, threshold, suspects)
    liars = {point for point in suspects if _lies(point, secrets)}
    makers = set()
    for place in [place for place, one in secrets.items() if one.found is Refusal.WRONG_SHARES]:
        one = secrets[place]
        one.held = {point: share for point, share in one.held.items() if point not in liars}
        _find(one, threshold, set(liars))
        if isinstance(one.found, Refusal) and len(one.held) >= threshold + _SURE:
            makers.add(place)
    return frozenset(makers | {point - 1 for point in liars})


def _find(one: _Secret, threshold: int, suspects: set[int]) -> None:
    """Find a secret, from whom nobody suspects if there are enough of these, and add to the suspects."""
    if len(one.held) < threshold:
        one.found = Refusal.TOO_FEW
        return
    chosen = sorted(one.held, key=lambda point: (point in suspects, point))[:threshold]
    one.by = {point: one.held[point] for point in chosen}
    secret = join(one.by)
    if secret is None or not one.is_right(secret):
        corrected = correct(one.held, threshold)
        if corrected is None or not one.is_right(corrected.secret):
            one.found, one.by = Refusal.WRONG_SHARES, {}
            return
        suspects |= corrected.wrong
        right = [point for point in sorted(one.held) if point not in corrected.wrong]
        secret, one.by = corrected.secret, {point: one.held[point] for point in right[:threshold]}
    one.found = secret


def _lies(point: int, secrets: Mapping[int, _Secret]) -> bool:
    """Whether somebody's shares are wrong of most secrets that were found: else it is who made them that is wrong."""
    looked = [one for one in secrets.values() if one.by and point in one.held]
    wrong = sum(not agrees(one.by, point, one.held[point]) for one in looked)
    return 2 * wrong > len(looked)
