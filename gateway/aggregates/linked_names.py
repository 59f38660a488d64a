"""One person, one name: what stands in the cube under a device's name becomes its owner's when the two are linked.

- Links come and go while rows lie there, and a release bounds what each *name* brings. So before anything is measured, rows of
  devices that somebody owns by now get the owner's name, in every week whose key is still there; and a release in which one
  of the two counted is one in which both did.
- When linking is not permitted any more the rows stay the owner's, and the device counts in no release of those weeks by
  itself: it would be the same person, a second time.
- So it is in a pause, too, though the link holds then: it may end before the pause does. What the device does after the
  pause is the owner's again, as with every link that comes.

Lives on the event loop; the files are read and written on a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor

from gateway.aggregates.cube_files import CubeFiles
from gateway.aggregates.cube_keys import CubeKeys
from gateway.aggregates.participation import Participation, days_of_week
from gateway.identities import Identities
from privacy import SubjectRef

_PAGE = 1024


class LinkedNames:
    """Renames in the files of a cube."""

    def __init__(
        self,
        files: CubeFiles,
        participation: Participation,
        keys: CubeKeys,
        purposes: Iterable[str],
        identities: Identities,
        thread: Executor,
    ) -> None:
        """Rename in `files` and `participation`, of `purposes`, by the links of `identities`; calls on files go to `thread`."""
        self._files = files
        self._participation = participation
        self._keys = keys
        self._purposes = tuple(purposes)
        self._identities = identities
        self._thread = thread
        self._joined: dict[SubjectRef, SubjectRef] = {}

    def people_of(self, ref: SubjectRef) -> set[SubjectRef]:
        """Everybody who is one person with `ref`, or was and may be again: the owner, and all their devices."""
        owners = {ref, self._identities.linked_or_own(ref)}
        return owners | {device for each in owners for device in self._identities.linked_with(each)}

    async def join(self) -> None:
        """Let what devices did that are somebody's by now be that person's.

        Raises:
            OSError: a part could not be read or written: what is there must not be used.
        """
        owner_of: dict[SubjectRef, SubjectRef] = {}
        for count, device in enumerate(list(self._identities.linked), 1):
            owner = self._identities.linked_or_own(device)
            if owner not in (device, self._joined.get(device)):
                owner_of[device] = owner
            if not count % _PAGE:
                await asyncio.sleep(0)
        if owner_of:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._rename, owner_of)
            self._joined |= owner_of

    def part(self, owner: SubjectRef) -> asyncio.Future[None]:
        """An owner does not permit linking now: what their devices did stays the owner's, and these count no more this week.

        Returns:
            Done when the files say so; or an OSError: a part could not be read or written.
        """
        owner_of = dict.fromkeys(self._identities.linked_with(owner), owner)
        for device in owner_of:
            self._joined.pop(device, None)
        return asyncio.get_running_loop().run_in_executor(self._thread, self._leave_out, owner_of)

    def _rename(self, owner_of: Mapping[SubjectRef, SubjectRef]) -> None:
        names = self._names(owner_of)
        self._files.rename(names)
        for (purpose, week), renamed in names.items():
            self._participation.keep_paired(purpose, days_of_week(week), renamed)

    def _leave_out(self, owner_of: Mapping[SubjectRef, SubjectRef]) -> None:
        self._rename(owner_of)
        for (purpose, week), renamed in self._names(owner_of).items():
            self._participation.leave_out(purpose, days_of_week(week), renamed)

    def _names(self, owner_of: Mapping[SubjectRef, SubjectRef]) -> dict[tuple[str, str], dict[int, int]]:
        """By purpose and week: a device's name -> its owner's."""
        name = self._keys.name_in
        return {
            (purpose, week): {
                name(device, purpose, week): name(owner, purpose, week) for device, owner in owner_of.items()
            }
            for purpose in self._purposes
            for week in self._keys.weeks()
        }
