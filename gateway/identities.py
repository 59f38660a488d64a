"""From a raw identifier to a person: the second step of the path, and the last place where the identifier exists.

Rules:

- A server credential's `userId` is known; its `anonymousId` is anonymous. A browser key is public: its `userId` proves
  nothing, so such an event belongs to the anonymous id it carries, or to nobody.
- A person-bound token speaks for its own subject only, whatever the body says.
- Anonymous and known are linked by a server credential (`identify`, `alias`) and only while the known person's `linking`
  condition is in force; from then on the anonymous id is the known person, for events and for questions alike, and every
  refusal that was given anonymously also holds for the known person: a login never launders a refusal.
- While all processing is restricted for the known person, a link holds that would hold but for that: whoever pauses, pauses in
  their browsers too. A pause brings no link back whose condition is over, and nobody new is linked while it lasts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from audit import Outcome
from gateway.callers.principals import Principal
from gateway.memory.people import People
from gateway.wire.tracked_event import TrackedEvent
from privacy import Pseudonymiser, SubjectRef

LINKING = "linking"
"""The id of the condition under which links hold."""

MAX_ID_CHARACTERS = 256
"""A longer identifier is invalid."""


class Identities:
    """Who an event or a question is about."""

    def __init__(
        self,
        pseudonyms: Pseudonymiser,
        people: People,
        linking_bit: int | None,
        but_for_restriction: Callable[[int], int],
    ) -> None:
        """Look people up in `people` by pseudonyms of `pseudonyms`.

        Links hold while `but_for_restriction(slot)` has `linking_bit`: what is permitted at the moment, with what only a
        restriction of all processing denies.
        """
        self.link_bits = () if linking_bit is None else (linking_bit,)
        """The bit of the condition under which links hold, if the policy has it."""
        self._known = pseudonyms.known
        self._known_many = pseudonyms.known_many
        self._anonymous = pseudonyms.anonymous
        self._people = people
        self._but_for_restriction = but_for_restriction
        self.linked: dict[SubjectRef, SubjectRef] = {}
        """Anonymous pseudonym -> the known one it was linked to. Changed by `bind`, `unbind` and `forget` only."""
        self._devices: dict[SubjectRef, dict[SubjectRef, None]] = {}

    def of_event(self, event: TrackedEvent, source: Principal) -> int | Outcome:
        """The slot of the person an event is about, or the outcome of an event about nobody we may know."""
        if source.subject is not None:
            ref = self.linked_or_own(source.subject)
        elif source.confirms_ids and event.userId not in (None, ""):
            if not _is_id(event.userId):
                return Outcome.INVALID  # somebody is meant of whom nobody can tell what they refused
            ref = self._known(event.userId)
        elif _is_id(event.anonymousId):
            ref = self.linked_or_own(self._anonymous(event.anonymousId))
        elif event.userId is None and event.anonymousId is None:
            return Outcome.INVALID
        else:
            return Outcome.WITHHELD_UNCONFIRMED if _is_id(event.userId) else Outcome.INVALID
        slot = self._people.slot_of.get(ref)
        return Outcome.WITHHELD_NO_RECORD if slot is None else slot

    def of_events(self, events: Sequence[TrackedEvent], source: Principal) -> list[int | Outcome]:
        """`of_event` of each; those that name a confirmed person are looked up together."""
        if not source.confirms_ids:
            return [self.of_event(event, source) for event in events]
        ids = [event.userId for event in events]
        refs = self._known_many([each if _is_id(each) else None for each in ids])
        find, unknown = self._people.slot_of.get, Outcome.WITHHELD_NO_RECORD
        return [
            self.of_event(event, source) if ref is None else find(ref, unknown)
            for event, ref in zip(events, refs, strict=True)
        ]

    def ref_of(self, *, known: str | None, anonymous: str | None) -> SubjectRef | None:
        """The pseudonym of a `{"id"}` or `{"anonymous_id"}` subject; None unless exactly one valid id is given."""
        if known is not None and anonymous is None and _is_id(known):
            return self._known(known)
        if anonymous is not None and known is None and _is_id(anonymous):
            return self._anonymous(anonymous)
        return None

    def linked_or_own(self, anonymous: SubjectRef) -> SubjectRef:
        """Who an anonymous id is: the linked person while their linking condition holds. A known person is themselves."""
        known = self.linked.get(anonymous)
        return known if known is not None and self.holds(known) else anonymous

    def linked_with(self, known: SubjectRef) -> list[SubjectRef]:
        """The anonymous people linked to a known one, whether or not the link holds at the moment."""
        return list(self._devices.get(known, ()))

    def devices_of(self, known: SubjectRef) -> list[SubjectRef]:
        """The anonymous people who are a known one at this moment: while their linking condition holds."""
        return self.linked_with(known) if self._devices.get(known) and self.holds(known) else []

    def everybody(self, ref: SubjectRef) -> list[SubjectRef]:
        """Whom a wish of this person is about: the one they are at this moment, and every browser that is that person too."""
        person = self.linked_or_own(ref)
        return [person, *self.devices_of(person)]

    def opened_by(self, ref: SubjectRef, *, through_links: bool) -> tuple[SubjectRef, SubjectRef]:
        """Whose records a token or session of this person opens. Always two, so that nobody learns by the time it takes."""
        return ref, self.linked_or_own(ref) if through_links else ref

    def holds(self, known: SubjectRef) -> bool:
        """Whether links to a known person hold: while linking is in force, or would be but for a restriction of everything."""
        slot = self._people.slot_of.get(known)
        return slot is not None and any(self._but_for_restriction(slot) >> bit & 1 for bit in self.link_bits)

    def may_be_linked(self, known: SubjectRef) -> bool:
        """Whether somebody new may be linked to a known person: while links hold, and nothing is restricted."""
        slot = self._people.slot_of.get(known)
        return (
            slot is not None
            and self.holds(known)
            and any(self._people.mask[slot] >> bit & 1 for bit in self.link_bits)
        )

    def bind(self, anonymous: SubjectRef, known: SubjectRef) -> None:
        """Know a link."""
        self.unbind(anonymous)
        self.linked[anonymous] = known
        self._devices.setdefault(known, {})[anonymous] = None

    def unbind(self, anonymous: SubjectRef) -> SubjectRef | None:
        """Forget a link. Returns whom it led to, if there was one."""
        known = self.linked.pop(anonymous, None)
        if known is not None:
            del self._devices[known][anonymous]
        return known

    def forget(self, ref: SubjectRef) -> None:
        """Drop every link from and to a person."""
        self.unbind(ref)
        for anonymous in self.linked_with(ref):
            self.unbind(anonymous)
        self._devices.pop(ref, None)

    def link_asked(self, event: TrackedEvent, source: Principal) -> tuple[SubjectRef, SubjectRef] | None:
        """The (anonymous, known) pair that an `identify` or `alias` of a server credential asks to link, if it does."""
        if not source.confirms_ids or not _is_id(event.userId):
            return None
        other: Any = (
            event.anonymousId
            if event.type == "identify"
            else event.previousId
            if event.type == "alias"
            else None
        )
        if not _is_id(other):
            return None
        return self._anonymous(other), self._known(event.userId)


def _is_id(value: Any) -> bool:
    return type(value) is str and 0 < len(value) <= MAX_ID_CHARACTERS
