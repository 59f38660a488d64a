"""How people stand on purposes at a moment, as rows that a release of consents is measured of.

Everybody with a consent record is in it, also whoever allows nothing: it is what the controller must be able to tell of consent
itself (GDPR Art. 5(2), 7(1)), and it leaves as a noisy number only. The rows live for one measurement.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Final

import polars as pl

from gateway.aggregates.cube_keys import CubeKeys
from gateway.durable_files import write_durably
from gateway.identities import Identities
from gateway.memory.people import People
from privacy import ALLOWED, CONSENTS, CUBE_NUMBERS, EVERYBODY, REFUSED, Consents, Window, consent_key

_PAGE: Final = 512
_REST: Final = 4
_SCHEMA: Final = {
    **dict.fromkeys(CUBE_NUMBERS, pl.Int64()),
    "event": pl.String(),
    f"f.{CONSENTS}": pl.String(),
}
Row = tuple[int, int, int, int, int, str, str]


class ConsentTable:
    """Writes who stands how. Lives on the event loop, and gives it back after every page."""

    def __init__(
        self,
        directory: Path,
        keys: CubeKeys,
        people: People,
        identities: Identities,
        bits: Mapping[str, int],
        thread: Executor,
    ) -> None:
        """Write into `directory`; the file and the names are made on `thread`."""
        self._directory = directory
        self._keys = keys
        self._people = people
        self._identities = identities
        self._bits = bits
        self._thread = thread

    async def write(self, release: Consents, window: Window, name: str) -> Path:
        """The rows of a release, as people stand now; whoever asks removes the file.

        Raises:
            OSError: they cannot be written.
        """
        run = asyncio.get_running_loop().run_in_executor
        slots = iter(self._people.slots())
        frames = [pl.DataFrame(schema=_SCHEMA)]
        while page := list(islice(slots, _PAGE)):
            began = monotonic()
            frames.append(pl.DataFrame(list(self._rows(page, release, window)), schema=_SCHEMA, orient="row"))
            await asyncio.sleep(_REST * (monotonic() - began))
        target = self._directory / f"{name}.consents.parquet"
        self._directory.mkdir(mode=0o700, exist_ok=True)
        await run(self._thread, write_durably, target, pl.concat(frames).write_parquet)
        return target

    def _rows(self, slots: Sequence[int], release: Consents, window: Window) -> Iterator[Row]:
        mask, refused, ref_of = self._people.mask, self._people.refused, self._people.ref_of
        for slot in slots:
            ref = ref_of[slot]
            if ref is None or self._identities.linked_or_own(ref) != ref:
                continue  # erased meanwhile, or a device of somebody who is counted
            name = self._keys.name(ref, CONSENTS, window.begin)
            keys = [EVERYBODY]
            for purpose in release.purposes:
                bit = self._bits.get(purpose)
                if bit is not None and mask[slot] >> bit & 1:
                    keys.append(consent_key(purpose, ALLOWED))
                elif bit is not None and refused[slot] >> bit & 1:
                    keys.append(consent_key(purpose, REFUSED))
            for key in keys:
                yield name, window.begin, 1, 1, 0, CONSENTS, key
