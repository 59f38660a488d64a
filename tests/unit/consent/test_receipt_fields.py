"""The document of a receipt: the fields of ISO/IEC TS 27560, in terms that DPV 2.3 really has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from consent import ActorKind, LegalBasis, Status, canonical_json
from tests.receipt_workshop import POLICY, happened, workshop
from tests.unit.consent.material import NOW, condition_text, policy_of, purpose_text

VECTORS = Path(__file__).parents[2] / "vectors/dpv"
TERMS = {name: set((VECTORS / f"{name}.txt").read_text().split()) for name in ("dpv", "eu-gdpr", "loc")}
LITERALS = {"volens:event", "volens:log", "@context"}


def document(**more: Any) -> dict[str, Any]:
    return workshop(happened(**more)).document


def terms_in(value: Any) -> Iterator[str]:
    """Every term with a prefix that a document uses, as member, type or value."""
    if isinstance(value, dict):
        for name, below in value.items():
            if name not in LITERALS:
                yield name
                yield from terms_in(below)
    elif isinstance(value, list):
        for below in value:
            yield from terms_in(below)
    elif isinstance(value, str):
        yield value.replace("https://w3id.org/dpv#", "dpv:")


EVERY_EVENT = [
    happened(),
    happened(Status.REFUSED),
    happened(Status.WITHDRAWN, actor=ActorKind.APP),
    happened(Status.REVOKED, actor=ActorKind.APP),
    happened(Status.OBJECTED, "care"),
    happened(Status.OBJECTED, "duty"),
    happened(jurisdiction="FR", ui_variant=b"u" * 32),
    *(
        msgspec.structs.replace(happened(), status=status)
        for status in (Status.RENEWED, Status.EXPIRED, Status.INVALIDATED, Status.OBJECTED)
    ),
]


@pytest.mark.parametrize("event", EVERY_EVENT, ids=lambda event: f"{event.status}-{event.purpose}")
def test_every_term_is_one_that_the_vocabulary_has(event):
    used = {term for term in terms_in(workshop(event).document) if term.split(":")[0] in TERMS}
    assert {"dpv:ConsentReceipt", "dpv:hasRecordOfActivity", "dpv:hasLegalBasis"} <= used
    unknown = {term for term in used if term.split(":", 1)[1] not in TERMS[term.split(":")[0]]}
    assert unknown == set()


def test_the_vocabulary_would_notice_a_term_that_is_not_there():
    assert "ConsentTerminated" not in TERMS["dpv"]
    assert "WithdrawingFromActivity" not in TERMS["dpv"]
    assert len(TERMS["dpv"]) > 1000


def test_every_mandatory_field_is_there():
    receipt = document()
    (record,) = receipt["dpv:hasRecordOfActivity"]
    process, status, notice = (
        record["dpv:hasProcess"],
        record["dpv:hasConsentStatus"],
        record["dpv:hasNotice"],
    )
    assert receipt["dct:conformsTo"] == "https://w3id.org/dpv/schema/dpv-27560#receipt-eu-gdpr"
    assert receipt["dct:identifier"] == receipt["dpv:hasIdentifier"] == bytes(range(16)).hex()
    assert receipt["@id"] == "urn:uuid:00010203-0405-0607-0809-0a0b0c0d0e0f"
    assert record["dpv:hasIdentifier"] == "shop.example/log#5"
    assert record["dpv:hasDataSubject"]["dpv:hasIdentifier"] == "dHR0dHR0dHR0dHR0dHR0dA"
    assert (notice["dct:language"], notice["dct:hasVersion"]) == ("en", "n1")
    assert process["dpv:hasPurpose"]["@type"] == "https://w3id.org/dpv#ProvidePersonalisedRecommendations"
    assert process["dpv:hasPersonalData"] == [
        {"@type": "dpv:PersonalData", "dct:description": "product_id", "dct:title": "Viewed"}
    ]
    assert process["dpv:hasDataController"] == {
        "@type": "dpv:DataController",
        "dpv:hasAddress": "Hauptstraße 1, 10115 Berlin",
        "dpv:hasContact": "privacy@shop.example",
        "dpv:hasName": "Rosas Lädchen 🌷",
    }
    assert [each["dpv:hasName"] for each in process["dpv:hasRecipient"]] == ["Rosas Lädchen 🌷", "crm"]
    assert process["dpv:hasJurisdiction"] == {"@id": "loc:EU"}
    assert process["dpv:hasStorageCondition"] == [
        {"@type": "dpv:StorageDuration", "dpv:hasDuration": "P30D"},
        {"@type": "dpv:StorageLocation", "dpv:hasLocation": {"@id": "loc:DE"}},
    ]
    assert process["dpv:hasConsentControl"]["@id"] == "https://shop.example/portal"
    assert process["dpv:hasLegalBasis"] == {"@id": "eu-gdpr:A6-1-a"}
    assert {right["@id"] for right in process["dpv:hasRight"]} >= {"eu-gdpr:A7-3", "eu-gdpr:A17"}
    assert status["@type"] == ["dpv:ConsentGiven", "dpv:ExplicitlyExpressedConsent"]
    assert status["dpv:isIndicatedAtTime"] == "2027-01-15T08:00:00+00:00"
    assert (status["dpv:hasDuration"], status["dct:valid"]) == ("P10D", "2027-01-25T08:00:00+00:00")
    assert receipt["dct:created"] == "2027-01-15T08:00:01+00:00"


def test_what_an_app_asserts_is_not_called_explicit_and_a_revocation_is_not_the_persons():
    given = document(actor=ActorKind.APP)["dpv:hasRecordOfActivity"][0]["dpv:hasConsentStatus"]
    assert given["@type"] == ["dpv:ConsentGiven"]
    revoked = document(status=Status.REVOKED, actor=ActorKind.APP)
    status = revoked["dpv:hasRecordOfActivity"][0]["dpv:hasConsentStatus"]
    assert status["@type"] == ["dpv:ConsentRevoked"]
    assert "dpv:isIndicatedBy" not in status
    assert "dct:valid" not in status


def test_an_objection_is_no_status_of_consent():
    record = document(status=Status.OBJECTED, purpose="care")["dpv:hasRecordOfActivity"][0]
    assert record["dpv:hasStatus"]["@type"] == ["dpv:LegitimateInterestObjected"]
    assert "dpv:hasConsentStatus" not in record
    process = record["dpv:hasProcess"]
    assert process["dpv:hasLegalBasis"] == {"@id": "eu-gdpr:A6-1-f"}
    assert process["dpv:hasRight"][0] == {"@id": "eu-gdpr:A21"}


def test_conformity_is_claimed_only_when_every_mandatory_field_is_there():
    policy = policy_of(purpose_text("shop", "shp"), condition_text("place", "plc"))
    for purpose in ("shop", "place"):
        event = happened(purpose=purpose, policy=policy)
        receipt = workshop(event, policy).document
        assert "dct:conformsTo" not in receipt
        assert "dpv:hasDataController" not in receipt["dpv:hasRecordOfActivity"][0]["dpv:hasProcess"]


def test_it_names_neither_the_person_nor_the_source():
    text = canonical_json(document()).decode()
    assert (b"s" * 16).hex() not in text
    assert "client:shop" not in text


def test_it_repeats_the_facts_word_for_word():
    made = workshop()
    assert made.document["volens:event"] == made.facts
    assert made.facts["recorded_at"] == NOW + 1
    assert {basis.value for basis in LegalBasis} >= {each.legal_basis.value for each in POLICY.purposes}
