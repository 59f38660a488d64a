"""Devices that take part: they enrol, they leave, and whether their person permits it is asked anew each time.

- Nothing here remembers a permission: it is the enforcement point that is asked.
- A device that left, or whose person's permission ended, never comes back: whoever consents again enrols new keys.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable

from audit import LogUnavailableError, Sequencer, commit
from consent import ConsentError, canonical_json
from gateway.clock import Clock
from gateway.enforcement import Enforcement
from gateway.errors import FleetRefusedError
from gateway.evidence.entries import EntryWriter
from gateway.evidence.personal_entries import PersonalEntries
from gateway.fleet.ports import FleetStore
from gateway.fleet.values import Device, device_name
from gateway.gathering import Run
from gateway.memory.people import People
from privacy import SubjectRef

MAX_DEVICES_OF_ONE = 8
"""Devices that one person may have at a time: a bound on what one person weighs, and on what an attacker gains by enrolling."""


class Enrolments:
    """The devices that take part. Lives on the event loop."""

    def __init__(  # noqa: PLR0913  # what an enrolment touches
        self,
        *,
        bit: int,
        people: People,
        enforcement: Enforcement,
        entries: PersonalEntries,
        clock: Clock,
        writer: EntryWriter,
        sequencer: Sequencer,
        store: FleetStore,
        run: Run,
        person_of: Callable[[SubjectRef], SubjectRef],
    ) -> None:
        """Know no device yet; see `load`.

        Args:
            bit: of the purpose that devices take part for.
            people: who is known.
            enforcement: what they permit.
            entries: takes those that carry a person's tag.
            clock: the gateway's.
            writer: makes entries.
            sequencer: the log.
            store: where devices are kept.
            run: the way to it.
            person_of: who somebody is known to be, as of now: themselves, unless they are linked.
        """
        self._aside: frozenset[SubjectRef] = frozenset()
        self._person_of = person_of
        self._bit = bit
        self._people = people
        self._enforcement = enforcement
        self._entries = entries
        self._clock = clock
        self._writer = writer
        self._sequencer = sequencer
        self._store = store
        self._run = run
        self._devices: dict[bytes, Device] = {}
        self._left: dict[bytes, Device] = {}
        self._of_person: dict[SubjectRef, set[bytes]] = {}
        self._keys: set[str | bytes] = set()
        self._coming: Counter[SubjectRef] = Counter()
        self._ending: set[asyncio.Task[None]] = set()

    async def load(self) -> None:
        """Take up what the store has; devices whose person permits it no more are ended."""
        ended = []
        for each in await self._run(self._store.devices):
            self._keys |= {each.node_key, each.signing_key}
            if each.ended_at is None and self._permits(each.subject):
                self._take_up(each)
                continue
            self._left[each.device] = each
            if each.ended_at is None:
                ended.append(each.device)
        await self._run(self._store.end_devices, ended, self._clock.now())

    async def settled(self) -> None:
        """Return once every ending is written down that came about so far."""
        await asyncio.gather(*self._ending, return_exceptions=True)

    async def enrol(self, ref: SubjectRef, node_key: str, signing_key: bytes) -> Device:
        """Let a device of a person take part from now on.

        Raises:
            FleetRefusedError: the person does not permit it, has too many devices, or one of the keys was here before.
            LogUnavailableError, ConsentError: it is not enrolled, and may come again with its keys.
        """
        slot = self._people.slot_of.get(ref)
        if slot is None or not self._permits(ref):
            raise FleetRefusedError("no_consent")
        if len(self._of_person.get(ref, ())) + self._coming[ref] >= MAX_DEVICES_OF_ONE:
            raise FleetRefusedError("too_many_devices")
        keys: set[str | bytes] = {node_key, signing_key}
        if keys & self._keys:
            raise FleetRefusedError("known_keys")
        self._keys |= keys
        self._coming[ref] += 1
        revocation = self._people.revocation(slot, self._bit)
        try:
            device = await self._keep(ref, slot, node_key, signing_key)
        except (LogUnavailableError, ConsentError):
            self._keys -= keys
            raise
        finally:
            self._coming -= Counter((ref,))
        if self._people.revocation(slot, self._bit) != revocation or not self._permits(ref):
            await self._run(self._store.end_devices, [device.device], self._clock.now())
            raise FleetRefusedError("no_consent")
        self._take_up(device)
        return device

    async def _keep(self, ref: SubjectRef, slot: int, node_key: str, signing_key: bytes) -> Device:
        """A device that is in the log and in the store."""
        name = device_name(node_key, signing_key)
        index, receipt = await self._record(slot, "enrolled", name)
        device = Device(
            device=name,
            subject=ref,
            node_key=node_key,
            signing_key=signing_key,
            enrolled_at=self._clock.now(),
            enrolled_index=index,
            receipt=receipt,
        )
        await self._run(self._store.put_device, device)
        return device

    async def leave(self, ref: SubjectRef, devices: Iterable[bytes] | None = None) -> int:
        """Let devices of a person take part no more: those named, or all. Returns how many left.

        Raises:
            LogUnavailableError: they left, but the log does not say so.
        """
        own = self._of_person.get(ref, set())
        leaving = sorted(own if devices is None else own & set(devices))
        for name in leaving:
            self._drop(name)
        await self._run(self._store.end_devices, leaving, self._clock.now())
        slot = self._people.slot_of.get(ref)
        if slot is not None:
            for name in leaving:
                await self._record(slot, "left", name)
        return len(leaving)

    def set_aside(self, people: frozenset[SubjectRef]) -> None:
        """From now on these people and no others are not asked, as devices of theirs broke sums."""
        self._aside = people

    def forget(self, slot: int) -> None:
        """A person's permission ended: their devices take part no more from this moment on."""
        ref = self._people.ref_of[slot]
        leaving = sorted(self._of_person.get(ref, ())) if ref is not None else []
        for name in leaving:
            self._drop(name)
        if leaving:
            ending = asyncio.ensure_future(self._run(self._store.end_devices, leaving, self._clock.now()))
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)

    def taking_part(self) -> list[bytes]:
        """The names of all devices that take part at this moment, in order; of a person with several, all."""
        return [name for name in sorted(self._devices) if self.is_live(name)]

    def live(self) -> list[Device]:
        """The devices that may be asked at this moment, in the order of their names.

        One for each person, the one that was enrolled last: nobody weighs more for having several, or for being linked.
        """
        asked = [each for each in self._devices.values() if self._takes_part(each)]
        newest = {self._person_of(each.subject): each for each in sorted(asked, key=_by_age)}
        aside = self._aside | {self._person_of(each) for each in self._aside}
        return sorted(
            (each for person, each in newest.items() if person not in aside), key=lambda each: each.device
        )

    def is_live(self, name: bytes) -> bool:
        """Whether a device takes part at this moment."""
        found = self._devices.get(name)
        return found is not None and self._takes_part(found)

    def find(self, name: bytes) -> Device | None:
        """A device by its name, also one that left; None once its person is not known any more."""
        found = self._devices.get(name) or self._left.get(name)
        return found if found is not None and found.subject in self._people.slot_of else None

    def devices_of(self, ref: SubjectRef) -> list[Device]:
        """A person's devices that take part."""
        return [self._devices[name] for name in sorted(self._of_person.get(ref, ()))]

    def _takes_part(self, device: Device) -> bool:
        """Whether whoever enrolled it permits it, and so does the person that they are known to be."""
        person = self._person_of(device.subject)
        return self._permits(device.subject) and (person == device.subject or self._permits(person))

    def _permits(self, ref: SubjectRef) -> bool:
        slot = self._people.slot_of.get(ref)
        if slot is None:
            return False
        return bool(self._enforcement.permitted_bits(slot, self._clock.now()) >> self._bit & 1)

    def _take_up(self, device: Device) -> None:
        self._devices[device.device] = device
        self._of_person.setdefault(device.subject, set()).add(device.device)

    def _drop(self, name: bytes) -> None:
        found = self._devices.pop(name, None)
        if found is not None:
            self._left[name] = found
            own = self._of_person[found.subject]
            own.discard(name)
            if not own:
                del self._of_person[found.subject]

    async def _record(self, slot: int, act: str, name: bytes) -> tuple[int, bytes]:
        """The entry's place, and its SHA-256."""
        said = canonical_json({"act": act, "device": name.hex()})
        with self._people.numbers_kept([slot]):
            tag, r = self._people.evidence(slot)
            entry = self._writer.device(self._bit, tag, commit(r, said), self._clock.now(), {"act": act})
            durable = self._entries.append_durably([entry], [b""], [slot])
        return await durable, hashlib.sha256(entry).digest()


def _by_age(device: Device) -> tuple[int, bytes]:
    return device.enrolled_index, device.device
