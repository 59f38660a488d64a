"""Reports for people about themselves: gathered when they are asked for, handed out, kept nowhere.

What is held is gathered on the event loop; the report is made and written in a thread, because one of thousands of entries
takes seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Container
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from consent import ConsentLedger, Policy, Right, resolve
from gateway.clock import Clock
from gateway.gathering import Gathering
from gateway.identities import Identities
from gateway.lasting.disputing import Disputed
from gateway.lasting.keeping import RightsStore
from gateway.memory.people import People
from gateway.rights.access_report import ReportMaterial, make_report
from gateway.rights.own_records import OwnRecords, RecordOpener
from gateway.rights.portable import as_archive, as_json, as_ndjson
from gateway.rights.report_page import render_page
from gateway.wording.languages import Language, Languages
from privacy import SubjectRef, key_fingerprint
from scoring import Catalogue

_Made = TypeVar("_Made")


class ReportForm(StrEnum):
    """In which form a report is wanted."""

    JSON = "json"
    HTML = "html"
    NDJSON = "ndjson"
    ZIP = "zip"


FORMS = {
    Right.ACCESS: (ReportForm.JSON, ReportForm.HTML, ReportForm.ZIP),
    Right.PORTABILITY: (ReportForm.NDJSON, ReportForm.ZIP, ReportForm.JSON),
}
"""The forms of each right, the usual one first."""

MEDIA_TYPES = {
    ReportForm.JSON: "application/json",
    ReportForm.HTML: "text/html; charset=utf-8",
    ReportForm.NDJSON: "application/x-ndjson",
    ReportForm.ZIP: "application/zip",
}
"""What each form is over HTTP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """Makes access reports."""

    policy: Policy
    """The policy in force."""
    notices: Container[bytes]
    """The digests of the notices that are kept."""
    origin: str
    """The log's name."""
    ledger: ConsentLedger
    """What stands, called through `gathering`."""
    store: RightsStore
    """Where the person's requests are kept."""
    gathering: Gathering
    """The way to the records."""
    opener: RecordOpener
    """Opens what the log holds."""
    people: People
    """Who is known."""
    identities: Identities
    """Which devices are whose."""
    disputed: Disputed
    """What is not used."""
    catalogue: Catalogue
    """Names of items."""
    clock: Clock
    """The one clock."""
    languages: Languages
    """What reports can be written in."""

    async def report(self, ref: SubjectRef, language: Language) -> dict[str, Any]:
        """Everything held about a person, as JSON; of the same form for somebody unknown.

        Args:
            ref: whose.
            language: of the fixed texts, and of the policy's where the policy has it.

        Raises:
            StoreUnavailableError, CorruptionError: what is held cannot be read now.
        """
        return await self._make(ref, lambda material: make_report(material, language))

    async def write(self, ref: SubjectRef, form: ReportForm, locale: str) -> bytes:
        """A report in one of its forms, in the language closest to the locale. Raises as `report`."""
        language = self.languages.choose(None, locale)
        return await self._make(
            ref, lambda material: _written(make_report(material, language), form, language)
        )

    async def _make(self, ref: SubjectRef, make: Callable[[ReportMaterial], _Made]) -> _Made:
        """What is made in a thread of what is held about a person; made again if they, or what is theirs, changed meanwhile."""
        while True:
            whose = self._theirs(ref)
            made = await asyncio.to_thread(make, await self._gather(ref))
            if whose == self._theirs(ref):
                return made

    def _theirs(self, ref: SubjectRef) -> dict[SubjectRef, str | None]:
        """A person and the devices that are theirs at the moment, each with the key that everything about them hangs on."""
        devices = self.identities.linked_with(ref)
        theirs = [each for each in devices if self.identities.linked_or_own(each) == ref]
        return {each: self._key_of(each) for each in (ref, *theirs)}

    async def _gather(self, ref: SubjectRef) -> ReportMaterial:
        run = self.gathering.run
        records = await run(self.ledger.records_of, ref)
        history = await run(self.ledger.history_of, ref)
        requests = await run(self.store.of_subject, ref)
        own = await self._own(ref)
        slot = self.people.slot_of.get(ref)
        now = self.clock.now()
        return ReportMaterial(
            policy=self.policy,
            origin=self.origin,
            now=now,
            records=records or {},
            resolution=resolve(records, self.policy, now, self.notices),
            history=history,
            own=own,
            requests=requests,
            disputed=() if slot is None else self.disputed.items_of(slot),
            counts_as_somebody=self.identities.linked_or_own(ref) != ref,
            key=self._key_of(ref),
            item_names=self.catalogue.id_json,
        )

    def _key_of(self, ref: SubjectRef) -> str | None:
        """The fingerprint of a person's key; None if there is nothing."""
        slot = self.people.slot_of.get(ref)
        return None if slot is None else key_fingerprint(self.people.evidence_key(slot)).hex()

    async def _own(self, ref: SubjectRef) -> OwnRecords:
        """What the log holds of a person, and of the devices that are theirs at the moment."""
        own = await self.opener.open(ref)
        for device in [each for each in self._theirs(ref) if each != ref]:
            also = await self.opener.open(device)
            own.signals += also.signals
            own.decisions += also.decisions
            own.permissions += also.permissions
            own.unreadable += also.unreadable
            own.keys += also.keys
            own.log_size = max(own.log_size, also.log_size)
        for each in (own.signals, own.decisions, own.permissions):
            each.sort(key=lambda record: record.index)
        return own


def _written(report: dict[str, Any], form: ReportForm, language: Language) -> bytes:
    match form:
        case ReportForm.JSON:
            return as_json(report)
        case ReportForm.NDJSON:
            return as_ndjson(report)
        case ReportForm.HTML:
            return render_page(report, language)
        case ReportForm.ZIP:
            return as_archive(report, render_page(report, language))
