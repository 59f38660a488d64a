"""The document that a receipt signs: a consent event and its notice, as ISO/IEC TS 27560 fields in DPV 2.3. Pure.

- It follows from the event's facts, the notice's facts and the place in the log alone: the same at any later time.
- The facts themselves stand in it word for word (`volens:event`): they are what the log's commitment binds.
- It names nobody: the person is the tag of the log entry, which is new for each entry.
- Conformity is claimed only when every mandatory field is there: without a controller, or for a condition, it is not.

Source: ISO/IEC TS 27560:2023 as given by the W3C DPVCG guide "Consent records" for DPV 2.3; RFC 6920 (names by hash).
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from consent.model import GRANTS, Evidence, LegalBasis, Status

CONFORMS_TO = "https://w3id.org/dpv/schema/dpv-27560#receipt-eu-gdpr"
_CONTEXT = {
    "dct": "http://purl.org/dc/terms/",
    "dct:conformsTo": {"@type": "@id"},
    "dpv": "https://w3id.org/dpv#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "loc": "https://w3id.org/dpv/loc#",
    "volens": "https://volens.dev/ns#",
    "volens:event": {"@type": "@json"},
    "volens:log": {"@type": "@json"},
}
_STATUS = {
    Status.GIVEN: "dpv:ConsentGiven",
    Status.RENEWED: "dpv:RenewedConsentGiven",
    Status.REFUSED: "dpv:ConsentRefused",
    Status.WITHDRAWN: "dpv:ConsentWithdrawn",
    Status.REVOKED: "dpv:ConsentRevoked",
    Status.EXPIRED: "dpv:ConsentExpired",
    Status.INVALIDATED: "dpv:ConsentInvalidated",
}
_OBJECTED = {
    LegalBasis.LEGITIMATE_INTERESTS: "dpv:LegitimateInterestObjected",
    LegalBasis.PUBLIC_TASK: "dpv:PublicInterestObjected",
    LegalBasis.CONSENT: "dpv:ConsentRefused",  # it followed from an objection to a broader purpose
}
_ARTICLE = {basis: f"eu-gdpr:A6-1-{letter}" for basis, letter in zip(LegalBasis, "abcdef", strict=True)}
_RIGHTS = ("A15", "A17", "A77")


class LogPlace(msgspec.Struct, frozen=True):
    """Where the log has the event."""

    vkey: str
    """The log's verifier key, its name first."""
    index: int
    """The entry's index in the log."""
    tag: bytes
    """The entry's tag, 16 bytes: all that a receipt says of who it is."""

    @property
    def origin(self) -> str:
        """The log's name."""
        return self.vkey.partition("+")[0]

    @property
    def tag_text(self) -> str:
        """The tag as the entry has it."""
        return urlsafe_b64encode(self.tag).rstrip(b"=").decode("ascii")


def receipt_document(
    facts: Mapping[str, Any], notice: Mapping[str, Any], place: LogPlace
) -> dict[str, object]:
    """The document, to be written as canonical JSON.

    Args:
        facts: `event_facts` of an event about a purpose or condition.
        notice: what the notice says that the facts name.
        place: where the log has the event.
    """
    document: dict[str, object] = {
        "@context": _CONTEXT,
        "@id": UUID(hex=facts["id"]).urn,
        "@type": "dpv:ConsentReceipt",
        "dct:created": _time(facts["recorded_at"]),
        "dct:identifier": facts["id"],
        "dpv:hasIdentifier": facts["id"],
        "dpv:hasRecordOfActivity": [_record(facts, notice, place)],
        "volens:event": dict(facts),
        "volens:log": {"index": place.index, "tag": place.tag_text, "vkey": place.vkey},
    }
    if "controller" in notice and "dpv" in notice:
        document["dct:conformsTo"] = CONFORMS_TO
    return document


def _record(facts: Mapping[str, Any], notice: Mapping[str, Any], place: LogPlace) -> dict[str, object]:
    name = f"{place.origin}#{place.index}"
    digest = urlsafe_b64encode(bytes.fromhex(facts["notice"])).rstrip(b"=").decode("ascii")
    record: dict[str, object] = {
        "@type": "dpv:ConsentRecord",
        "dct:identifier": name,
        "dpv:hasIdentifier": name,
        "dpv:hasDataSubject": _person(place),
        "dpv:hasNotice": {
            "@id": f"ni:///sha-256;{digest}",
            "@type": "dpv:ConsentNotice",
            "dct:description": notice["text"],
            "dct:hasVersion": facts["notice_version"],
            "dct:language": notice["locale"],
            "dct:title": notice["title"],
        },
        "dpv:hasProcess": _process(facts, notice),
    }
    objected = facts["status"] == Status.OBJECTED and notice["basis"] != LegalBasis.CONSENT
    record["dpv:hasStatus" if objected else "dpv:hasConsentStatus"] = _status(facts, notice, place)
    return record


def _person(place: LogPlace) -> dict[str, object]:
    return {"@type": "dpv:DataSubject", "dpv:hasIdentifier": place.tag_text}


def _process(facts: Mapping[str, Any], notice: Mapping[str, Any]) -> dict[str, object]:
    by_consent = notice["basis"] == LegalBasis.CONSENT
    controller = notice.get("controller")
    place = facts.get("jurisdiction") or (controller or {}).get("jurisdiction")
    process: dict[str, object] = {
        "@type": "dpv:Process",
        "dpv:hasLegalBasis": {"@id": _ARTICLE[LegalBasis(notice["basis"])]},
        "dpv:hasPersonalData": [
            {"@type": "dpv:PersonalData", "dct:description": ", ".join(paths), "dct:title": event}
            for event, paths in sorted(notice.get("data", {}).items())
        ],
        "dpv:hasPurpose": {
            "@type": notice.get("dpv", "dpv:Purpose"),
            "dct:hasVersion": facts["version"],
            "dct:identifier": facts["purpose"],
            "dct:title": notice["title"],
        },
        "dpv:hasRecipient": [{"@type": "dpv:Recipient", "dpv:hasName": each} for each in _recipients(notice)],
        "dpv:hasRight": [
            {"@id": f"eu-gdpr:{article}"} for article in ("A7-3" if by_consent else "A21", *_RIGHTS)
        ],
        "dpv:hasStorageCondition": _storage(notice),
    }
    if controller is not None:
        process["dpv:hasDataController"] = {
            "@type": "dpv:DataController",
            "dpv:hasAddress": controller["address"],
            "dpv:hasContact": controller["contact"],
            "dpv:hasName": controller["name"],
        }
        process["dpv:hasConsentControl"] = {
            "@id": controller["withdraw_at"],
            "@type": "dpv:WithdrawConsent" if by_consent else "dpv:ObjectingToProcess",
        }
    if place:
        process["dpv:hasJurisdiction"] = {"@id": f"loc:{place}"}
    return process


def _recipients(notice: Mapping[str, Any]) -> list[str]:
    """The controller, and whoever else receives the data."""
    first = [notice["controller"]["name"]] if "controller" in notice else []
    return [*first, *notice.get("recipients", [])]


def _storage(notice: Mapping[str, Any]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    if "kept_days" in notice:
        found.append({"@type": "dpv:StorageDuration", "dpv:hasDuration": f"P{notice['kept_days']}D"})
    if "controller" in notice:
        where = {"@id": f"loc:{notice['controller']['storage_location']}"}
        found.append({"@type": "dpv:StorageLocation", "dpv:hasLocation": where})
    return found


def _status(facts: Mapping[str, Any], notice: Mapping[str, Any], place: LogPlace) -> dict[str, object]:
    status = Status(facts["status"])
    word = _STATUS.get(status) or _OBJECTED[LegalBasis(notice["basis"])]
    explicit = status in GRANTS and facts["evidence"] == Evidence.USER_ACTION
    found: dict[str, object] = {
        "@type": [word, "dpv:ExplicitlyExpressedConsent"] if explicit else [word],
        "dpv:hasIndicationMethod": facts["method"],
        "dpv:isIndicatedAtTime": _time(facts["occurred_at"]),
    }
    if status is not Status.REVOKED:
        found["dpv:isIndicatedBy"] = _person(place)
    if "valid_until" in facts:
        found["dct:valid"] = _time(facts["valid_until"])
        found["dpv:hasDuration"] = f"P{notice['lasts_days']}D"
    return found


def _time(seconds: int) -> str:
    """Source: RFC 3339; `+00:00`, because older parsers know no `Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()
