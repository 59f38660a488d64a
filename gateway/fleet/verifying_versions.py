"""Whether the versions that are kept are those that rounds went on from, in force as the log says, with cards that are true.

A crash between a version's entry and its keeping leaves an entry of a version that never was: that is no finding by itself. Once
it is kept a second entry says so, and from then on it may not be gone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from audit import Entry
from federated import RoundRecord, read_manifest
from gateway.fleet.bundles import Bundle, digest_in
from gateway.fleet.values import ModelState, PublishedModel, Round

PUT_IN_FORCE = frozenset({"federated_published", "federated_rolled_back"})
"""What entries say by which a version is served from then on."""
IN_FORCE = "federated_in_force"
"""What an entry says of a version once it is kept."""


def missing(rounds: Sequence[Round], bundles: Sequence[Bundle]) -> list[str]:
    """Rounds that went on from a version that is not kept any more: the manifest names it, and the log names the manifest."""
    kept = {hashlib.sha256(each.artefact).hexdigest() for each in bundles}
    return [
        f"round {each.round_id}: the version that it went on from is not kept"
        for each in rounds
        if (parent := read_manifest(each.manifest).parent) is not None and parent not in kept
    ]


def not_kept(models: Sequence[PublishedModel], log: Mapping[int, Entry]) -> list[str]:
    """Versions that the log says to be kept, and that are not, or with other bytes."""
    kept = {(each.version, digest_in(each.bundle)) for each in models}
    return [
        f"version {entry.detail.get('version')}: the log says that it was put in force, and it is not kept"
        for entry in log.values()
        if entry.detail.get("act") == IN_FORCE and (entry.detail.get("version"), entry.model) not in kept
    ]


def out_of_force(models: Sequence[PublishedModel], log: Mapping[int, Entry]) -> list[str]:
    """Whether another version is served than the one that was put in force last, of those that are kept, or none."""
    by_place = {each.log_index: each for each in models}
    places = [
        index
        for index, entry in log.items()
        if index in by_place and dict(entry.detail).get("act") in PUT_IN_FORCE
    ]
    if not places or by_place[max(places)].state is ModelState.CURRENT:
        return []
    return ["the version that the log says was put in force last is not the one that is served"]


def untrue_card(card: Mapping[str, object], record: RoundRecord) -> bool:
    """Whether what a card says of how many people are in a version, and of the loss, is not what its record says."""
    privacy = card.get("privacy", {})
    told: Mapping[str, object] = privacy if isinstance(privacy, dict) else {}
    wanted = [
        (card.get("included", record.counts.included), record.counts.included),
        (card.get("cohorts", record.counts.cohorts), record.counts.cohorts),
        (told.get("rho", record.rho), record.rho),
        (told.get("epsilon_of_all_rounds", record.epsilon), record.epsilon),
        (told.get("delta", record.delta), record.delta),
    ]
    return any(said != true for said, true in wanted)
