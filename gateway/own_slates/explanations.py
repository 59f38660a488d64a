"""Why a slate was as it was: for the person whom it was for, and for nobody else.

A decision id is no capability. Whatever is asked for, one record is read and one opening is tried, so that a decision of somebody
else and one that never was look alike and take as long.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit import Outcome, Sequencer, decode_entry
from consent import Policy, Purpose
from gateway.deciding.answers import DecisionPayload, reasons_of
from gateway.evidence.outcomes import OUTCOME_OF
from gateway.identities import Identities
from gateway.memory.people import People
from gateway.own_slates.opened import open_decision
from privacy import SubjectRef
from scoring import Catalogue

_NO_KEY = 32


class Explanations:
    """Explains decisions to the people they were about."""

    def __init__(  # noqa: PLR0913  # what an explanation names
        self,
        *,
        policy: Policy,
        people: People,
        identities: Identities,
        sequencer: Sequencer,
        catalogue: Catalogue,
        index_of: Callable[[str], int | None],
        origin: str,
    ) -> None:
        """Find the entries of the log `origin` by `index_of` a decision id."""
        self._policy = policy
        self._people = people
        self._identities = identities
        self._sequencer = sequencer
        self._catalogue = catalogue
        self._index_of = index_of
        self._origin = origin

    async def explain(
        self, decision_id: str, ref: SubjectRef, *, through_links: bool
    ) -> dict[str, Any] | None:
        """What a decision came to and why; None if there is none, or none about this person.

        A browser's are its own alone, or `through_links` also those of the person whom it is linked to.

        Raises:
            CorruptionError: the log cannot be read.
        """
        index = self._index_of(decision_id)
        found = None
        for whose in self._identities.opened_by(ref, through_links=through_links):
            slot = self._people.slot_of.get(whose)
            key = os.urandom(_NO_KEY) if slot is None else self._people.evidence_key(slot)
            opened = await asyncio.to_thread(self._open, AESGCM(key), 0 if index is None else index)
            if opened is not None and slot is not None and index is not None:
                found = self._describe(decision_id, index, *opened, self._people.mask[slot])
        return found

    def _open(self, cipher: AESGCM, index: int) -> tuple[bytes, DecisionPayload] | None:
        records = self._sequencer.read(index, 1) or self._sequencer.read(0, 1)
        for at, entry, sealed in records:
            payload = open_decision(cipher, entry, sealed)
            if payload is not None and at == index:
                return entry, payload
        return None

    def _describe(
        self, decision_id: str, index: int, entry: bytes, payload: DecisionPayload, mask: int
    ) -> dict[str, Any]:
        codes = decode_entry(entry).purposes
        purpose = next((each for each in self._policy.purposes if each.code in codes), None)
        outcome = OUTCOME_OF[payload.outcome]
        is_personal = outcome is Outcome.PERSONALISED
        ids = self._catalogue.ids
        return {
            "decision_id": decision_id,
            "at": payload.at,
            "placement": payload.placement,
            "purpose": None if purpose is None else purpose.id,
            "personalised": is_personal,
            "reason": outcome.reason,
            "items": [
                {
                    "id": ids[item],
                    "score": score,
                    "reasons": reasons_of(payload.parts_at(place), ids),
                }
                for place, (item, score) in enumerate(zip(payload.items, payload.scores, strict=True))
            ],
            "offers": [each.as_told() for each in payload.offers],
            "fields": self._fields(purpose, payload, mask if is_personal else 0),
            "model": {"version": payload.model_version},
            "audit": {"log": self._origin, "index": index},
        }

    def _fields(self, purpose: Purpose | None, payload: DecisionPayload, mask: int) -> dict[str, list[str]]:
        """Which fields may have entered and which were kept out: of events, by the purpose's list and the conditions that hold
        now, and of the question.
        """
        used: set[str] = set()
        withheld = set(payload.withheld)
        events = {} if purpose is None else purpose.fields.events
        for event, rules in events.items():
            for rule in rules:
                needed = 0 if rule.condition is None else 1 << self._policy.bits[rule.condition]
                enters = bool(mask) and mask & needed == needed
                (used if enters else withheld).add(f"{event}: {rule.path}")
        return {"used": sorted(used), "withheld": sorted(withheld)}
