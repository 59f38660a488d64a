"""What a gateway holds in memory, as plain values, and what another start makes of the same files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from gateway.directory.init_directory import initialise
from gateway.parts import HISTORY_PURPOSE, TRAINING_PURPOSE
from tests.journey.in_process import Inside, inside

SMALL_LOG = "segment_bytes = 1048576\n"
_HALF_WRITTEN = shutil.ignore_patterns("*.new")
_NOT_COPIED = shutil.ignore_patterns("reserve", "records.reserve", "prepared", "scratch", "volens.sock")


def keep_small(directory: Path) -> None:
    """Let the log's segments be small, so that a copy is quick."""
    settings = directory / "volens.toml"
    settings.write_text(settings.read_text().replace("[log]\n", "[log]\n" + SMALL_LOG))


def with_public_url(directory: Path) -> Path:
    """Make a directory whose gateway has a public address, and small segments."""
    initialise(directory)
    keep_small(directory)
    settings = directory / "volens.toml"
    public = '[server]\npublic_url = "https://gate.example"\n'
    settings.write_text(settings.read_text().replace("[server]\n", public))
    return directory


def standing(served: Inside) -> dict[str, Any]:
    """Everything in memory that is there for a person, by pseudonym, and everything that is there for none."""
    services = served.services
    people, now = services.people, services.clock.now()
    history = served.running.front._decisions._history
    contributions = services.models._contributions
    everybody = {}
    for ref, slot in people.slot_of.items():
        permitted = services.enforcement.permitted_bits(slot, now)
        everybody[ref] = {
            "permitted": permitted,
            "refused": people.refused[slot],
            "number": people.number[slot],
            "history": history.sightings(slot),
            "earlier": history.earlier.sightings(slot),
            "came back": contributions._earlier.sightings(slot),
            "contributions": sorted(
                seen for table in contributions._tables for seen, _ in table.sightings(slot)
            ),
        }
    return {
        "people": everybody,
        "with history": len(history),
        "came back": len(history.earlier),
        "contributors": len(contributions),
        "linked": dict(services.identities.linked),
        "recent": recent_ids(served),
    }


def recent_ids(served: Inside) -> set[int]:
    """The digests of the messages that would be duplicates."""
    recent = served.running.front._events._recent
    return {*recent._before.numbers().tolist(), *recent._now.numbers().tolist()}


def bits(served: Inside) -> tuple[int, int]:
    """The bits of the purposes that history and training stand on."""
    of = served.services.policy.bits
    return of[HISTORY_PURPOSE], of[TRAINING_PURPOSE]


def copied(directory: Path, to: Path, *, snapshot: bool) -> AbstractAsyncContextManager[Inside]:
    """A gateway on a copy of the files as they are at this moment, as if the first one had been killed now.

    Args:
        directory: of the gateway that runs.
        to: where the copy goes.
        snapshot: whether the copy has the snapshot, or must read the whole log.
    """
    keys = directory.with_name(directory.name + ".keys")
    _copy(directory, to, _NOT_COPIED)
    _copy(keys, to.with_name(to.name + ".keys"), _HALF_WRITTEN)
    if not snapshot:
        (to / "snapshot" / "state").unlink(missing_ok=True)
    return inside(to)


def _copy(running: Path, to: Path, ignored: Callable[[str, list[str]], set[str]]) -> None:
    """Copy what a running gateway writes: the publisher goes on meanwhile, and a file may be gone once it was listed."""
    for _ in range(100):
        try:
            shutil.copytree(running, to, ignore=ignored)
        except shutil.Error:
            shutil.rmtree(to)
        else:
            return
    raise AssertionError("the directory is never still")
