"""Changes of consent and erasures in the log: their entries, and how they get there.

- The events of one change are appended together: all of them or none.
- If the log does not take them, the person's running number is as it was before, so that no tag is ever skipped or used twice.
"""

from __future__ import annotations

from collections.abc import Sequence

from audit import Sequencer
from consent import ConsentEvent, Erasure, Policy, canonical_json, event_facts
from gateway.clock import Clock
from gateway.evidence.entries import EntryWriter, commit
from gateway.evidence.outcomes import OUTCOME_OF
from gateway.evidence.personal_entries import PersonalEntries
from gateway.evidence.sealed_records import pack_consent
from gateway.memory.people import People


class ConsentEntries:
    """Writes what happens to consent into the log. Lives on the event loop."""

    def __init__(
        self,
        *,
        policy: Policy,
        people: People,
        writer: EntryWriter,
        sequencer: Sequencer,
        entries: PersonalEntries,
        clock: Clock,
    ) -> None:
        """Write into `sequencer`."""
        self._policy = policy
        self._people = people
        self._writer = writer
        self._sequencer = sequencer
        self._entries = entries
        self._clock = clock

    async def append(self, slot: int, events: Sequence[ConsentEvent], *, reserved: bool) -> Sequence[int]:
        """Put events into the log, all or none; their places, once they are durable.

        Raises:
            LogUnavailableError: it did not take them; the running number is as it was before.
        """
        slots = [slot] * len(events)
        with self._people.numbers_kept(slots):
            entries = [self._entry(slot, event) for event in events]
            sealed = [pack_consent(event.seq) for event in events]
            durable = self._entries.append_durably(entries, sealed, slots, reserved=reserved)
        first = await durable
        return range(first, first + len(entries))

    def _entry(self, slot: int, event: ConsentEvent) -> bytes:
        tag, r = self._people.evidence(slot)
        return self._writer.consent(
            OUTCOME_OF[event.status.value],
            self._policy.codes(self._concerned(event.purpose)),
            tag,
            commit(r, consent_payload(event)),
            self._clock.now(),
            {"version": event.version, "evidence": event.evidence.value},
        )

    def _concerned(self, purpose: str) -> int:
        """The bits of a purpose or condition; those of every purpose for a standing, which concerns the whole person."""
        bit = self._policy.bits.get(purpose)
        return self._policy.purposes_mask if bit is None else 1 << bit

    async def append_erasure(self, erasure: Erasure) -> int:
        """Put an erasure into the log; its place, once it is durable.

        Raises:
            LogUnavailableError: it did not take it.
        """
        entry = self._writer.erasure(self._clock.now(), {"key": erasure.fingerprint.hex()})
        index = self._sequencer.append(entry, reserved=True)
        await self._sequencer.wait_durable()
        return index


def consent_payload(event: ConsentEvent) -> bytes:
    """What the commitment of a consent entry binds: the ledger's row, rebuilt from it when it has to be opened."""
    return canonical_json(event_facts(event))
