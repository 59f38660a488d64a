"""What a person decides in the portal: read from the ledger, written by the consent desk, as their own act.

- Whoever is in the portal is the person themselves: what they write is `user_action`, which also lifts their own refusal.
- A grant names the notice that was on the page; if another is in force by now, nothing is changed.
- *Pause* ends everything that was given and has not run out, and leaves its mark in the records; *continue* gives back what the
  last pause ended, and nothing that was off before it, whose meaning or ground changed since, or that was given as a minor.
- A pause leaves `linking` alone: by it browsers count as the person, and so are paused too. Ended, each would be somebody of its
  own, and be used by what was permitted there before.
- *All off* goes by what was given, not by what is in force this second: what waits for the log, for a clock, for the end of a
  restriction or for an older policy must not come back by itself.
- A browser that counts as a signed-in person is shown what is in force, which is that person's; a no that is said there holds for
  both. Whoever sits there can end that.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from audit import LogUnavailableError
from consent import (
    DENIALS,
    GRANTS,
    MINORITY,
    OBJECTABLE,
    ActorKind,
    AgeBand,
    ConsentEvent,
    ConsentLedger,
    ConsentRecord,
    ConsentRequest,
    Evidence,
    LegalBasis,
    Policy,
    Rule,
    Status,
    WriteRefusal,
)
from gateway.clock import Clock
from gateway.consents.desk import ConsentDesk
from gateway.consents.stating_age import StatingAge
from gateway.enforcement import Enforcement
from gateway.gathering import Run
from gateway.identities import LINKING, Identities
from gateway.memory.people import People
from gateway.portal.own_standing import Age, Restriction, age_of, restriction_of
from gateway.portal.purposes import STATUS_OF, PurposeAct, Shown, show
from gateway.wording.languages import Language
from privacy import SubjectRef

SOURCE = "portal"
"""The source of everything written here."""

METHOD = "portal"
ALL_OFF_METHOD = "portal all off"
PAUSE_METHOD = "portal pause"
RESUME_METHOD = "portal continue"


class Choices:
    """Reads and writes what people decide."""

    def __init__(  # noqa: PLR0913  # what a choice touches, given once
        self,
        *,
        policy: Policy,
        notices: Container[bytes],
        people: People,
        enforcement: Enforcement,
        ledger: ConsentLedger,
        desk: ConsentDesk,
        ages: StatingAge,
        identities: Identities,
        clock: Clock,
        run: Run,
    ) -> None:
        """Write by `desk`; read `ledger` by `run`; `notices` are those that ask for consent."""
        self._policy = policy
        self._notices = notices
        self._people = people
        self._enforcement = enforcement
        self._ledger = ledger
        self._desk = desk
        self._ages = ages
        self._identities = identities
        self._clock = clock
        self._run = run

    async def shown(self, ref: SubjectRef, language: Language, *, gpc: bool) -> list[Shown]:
        """Every purpose and condition as the person sees it.

        Raises:
            ConsentError: the ledger cannot be read.
        """
        who = self._identities.linked_or_own(ref)
        records = await self._run(self._ledger.records_of, who) or {}
        slot = self._people.slot_of.get(who)
        mask = self._mask(who)
        return [
            show(
                entry,
                records.get(entry.id),
                policy=self._policy,
                language=language,
                is_on=bool(mask >> entry.bit & 1),
                reason="no_record" if slot is None else self._people.reason(slot, entry.bit),
                gpc=gpc,
            )
            for entry in self._policy.entries
        ]

    async def history(self, ref: SubjectRef) -> list[ConsentEvent]:
        """Every change, the newest first.

        Raises:
            ConsentError: the ledger cannot be read.
        """
        events: list[ConsentEvent] = await self._run(self._ledger.history_of, ref)
        return events[::-1]

    async def decide(
        self,
        ref: SubjectRef,
        entry_id: str,
        act: PurposeAct,
        notice: str,
        language: Language,
        *,
        gpc: bool,
    ) -> str:
        """Carry out one choice; the key of the message that says what became of it. With `gpc` nothing that it denies is given.

        Raises:
            ConsentError: the ledger could not take it.
        """
        rule = self._policy.rule(entry_id)
        if rule is None:
            return "not_changed"
        if act is PurposeAct.GIVE and notice != self._policy.notice_version:
            return "changed_meanwhile"
        if act is PurposeAct.GIVE and gpc and self._policy.gpc_mask >> rule.bit & 1:
            return "denied_by_signal"
        if act is not PurposeAct.GIVE and await self._said_no(ref, entry_id):
            return "ended"
        done = await self._write(ref, entry_id, STATUS_OF[act], METHOD, language)
        return done or ("given" if act is PurposeAct.GIVE else "ended")

    async def all_off(self, ref: SubjectRef, language: Language, method: str = ALL_OFF_METHOD) -> None:
        """End everything that can be ended; of a pause, what it is to give back.

        Raises:
            ConsentError: the ledger could not take all of it.
        """
        for rule in await self.endable(ref, pausing=method == PAUSE_METHOD):
            status = Status.WITHDRAWN if rule.legal_basis is LegalBasis.CONSENT else Status.OBJECTED
            await self._write(ref, rule.id, status, method, language)

    async def endable(self, ref: SubjectRef, *, pausing: bool) -> list[Rule]:
        """What a person can still end, in the policy's order; of a pause, what it ends.

        Raises:
            ConsentError: the ledger cannot be read.
        """
        now = self._clock.now()
        paused = () if pausing else self.paused(await self.history(ref))
        found = set(paused)
        for who in {ref, self._identities.linked_or_own(ref)}:
            records = await self._run(self._ledger.records_of, who)
            if records is not None:
                hold = (
                    rule for rule in self._policy.rules if _may_hold(rule, records.get(rule.id), now, pausing)
                )
                found.update(rule.id for rule in hold)
        stays = {LINKING} if pausing else set()
        return [rule for rule in self._policy.rules if rule.id in found - stays]

    def counts_as_somebody(self, ref: SubjectRef) -> bool:
        """Whether this browser counts as a person who signed in on it."""
        return self._identities.linked_or_own(ref) != ref

    async def stand_alone(self, ref: SubjectRef) -> None:
        """End that.

        Raises:
            ConsentError: the records could not take it.
        """
        await self._desk.ending_links.end(ref)

    async def age(self, ref: SubjectRef) -> Age:
        """What is held of the person's age.

        Raises:
            ConsentError: the ledger cannot be read.
        """
        return age_of(await self.history(ref))

    async def restriction(self, ref: SubjectRef) -> Restriction | None:
        """Whether all use of the person's data is stopped; None if it is not.

        Raises:
            ConsentError: the ledger cannot be read.
        """
        return restriction_of(await self._run(self._ledger.records_of, ref))

    async def state_age(self, ref: SubjectRef, band: AgeBand) -> str:
        """Take up what the person says of their age; the key of a message.

        Raises:
            ConsentError: the ledger could not take it.
        """
        try:
            written = await self._ages.state(ref, band, ActorKind.PERSON, SOURCE)
        except LogUnavailableError:
            return "waiting"
        if written is None or isinstance(written, WriteRefusal):
            return "not_changed"
        return "adult" if band is AgeBand.ADULT else "minor"

    async def resume(self, ref: SubjectRef, language: Language, *, gpc: bool) -> str:
        """Give back what the last pause ended, but nothing that the signal denies; the key of a message.

        Raises:
            ConsentError: the ledger could not take all of it.
        """
        waiting = False
        denied = self._policy.gpc_mask if gpc else 0
        paused = self.paused(await self.history(ref))
        for entry_id in (each for each in paused if not denied >> self._policy.bits[each] & 1):
            waiting |= await self._write(ref, entry_id, Status.GIVEN, RESUME_METHOD, language) == "waiting"
        return "waiting" if waiting else "resumed"

    def paused(self, newest_first: Sequence[ConsentEvent]) -> list[str]:
        """What a pause ended and nobody decided about since, in the policy's order."""
        found = []
        age_said_at = max((event.seq for event in newest_first if event.purpose == MINORITY), default=0)
        for rule in self._policy.rules:
            events = [event for event in newest_first if event.purpose == rule.id]
            if not events or events[0].method != PAUSE_METHOD:
                continue
            before = next((event for event in events if event.method != PAUSE_METHOD), None)
            if rule.legal_basis is not LegalBasis.CONSENT or (
                before is not None
                and self._asked_as_now(before, rule)
                and (rule.minors_allowed or before.seq > age_said_at)
            ):
                found.append(rule.id)
        return found

    def _asked_as_now(self, before: ConsentEvent, rule: Rule) -> bool:
        """Whether this was a consent to what the purpose still means."""
        same = before.version >= rule.last_material_version and before.notice in self._notices
        return before.status in GRANTS and same

    async def _said_no(self, ref: SubjectRef, entry_id: str) -> bool:
        """Whether the person said no themselves, for everybody whom it is about: saying it again changes nothing."""
        if self.counts_as_somebody(ref):
            return False
        records = await self._run(self._ledger.records_of, ref) or {}
        record = records.get(entry_id)
        return record is not None and record.status in DENIALS and record.evidence is Evidence.USER_ACTION

    async def _write(
        self, ref: SubjectRef, entry_id: str, status: Status, method: str, language: Language
    ) -> str | None:
        """Write one change; None if it is in force, or the key of the message that says why not."""
        entry = self._policy.entries[self._policy.bits[entry_id]]
        locale, _ = language.text_of(dict(entry.texts), self._policy)
        request = ConsentRequest(
            purpose=entry_id,
            status=status,
            method=method,
            locale=locale,
            notice_version=self._policy.notice_version,
        )
        try:
            written = await self._desk.write(ref, request, ActorKind.PERSON, SOURCE)
        except LogUnavailableError:
            return "waiting"
        return "not_changed" if isinstance(written, WriteRefusal) else None

    def _mask(self, ref: SubjectRef) -> int:
        slot = self._people.slot_of.get(ref)
        return 0 if slot is None else self._enforcement.permitted_bits(slot, self._clock.now())


def _may_hold(rule: Rule, record: ConsentRecord | None, now: int, pausing: bool) -> bool:
    """Whether a purpose is in force for somebody, or could come to be without their saying anything more."""
    if rule.legal_basis is not LegalBasis.CONSENT:
        return rule.legal_basis in OBJECTABLE and (record is None or record.status not in DENIALS)
    if record is None or record.status not in GRANTS:
        return False
    until = record.given_at + rule.max_age_seconds
    return not pausing or now < (until if record.valid_until is None else min(until, record.valid_until))
