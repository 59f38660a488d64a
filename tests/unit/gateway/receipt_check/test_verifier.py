"""The offline check: a good receipt passes every step, and each lie is found by the step that is there for it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import KeySet

from audit import NoteSigner, read_proof, verify_proof
from consent import ActorKind, Status, canonical_json
from gateway.callers.signed_tokens import REGISTRIES
from gateway.receipt_check.formats import root_over
from gateway.receipt_check.verifier import CHECKS, ReceiptVerdict, verify
from gateway.receipts.signer import ReceiptSigner
from tests.receipt_workshop import JWKS, LOG, ORIGIN, SIGNER, Workshop, happened, workshop

OTHER_LOG = NoteSigner.from_seed(ORIGIN, b"x" * 32)
OTHER_SIGNER = ReceiptSigner(b"y" * 32)


def spelled(envelope: dict[str, Any]) -> ReceiptVerdict:
    """The verdict on an envelope, with the true keys known."""
    return verify(canonical_json(envelope), jwks=JWKS)


def failing(made: Workshop) -> str | None:
    return verify(made.file(), jwks=JWKS).failed


@pytest.mark.parametrize(
    "event",
    [
        happened(),
        happened(Status.WITHDRAWN),
        happened(Status.REVOKED, actor=ActorKind.APP),
        happened(Status.OBJECTED, "care"),
        happened(jurisdiction="FR", ui_variant=b"u" * 32),
    ],
    ids=lambda event: str(event.status),
)
def test_a_good_receipt_passes_every_step(event):
    made = workshop(event)
    verdict = verify(made.file(), jwks=JWKS)
    assert (verdict.failed, verdict.passed) == (None, list(CHECKS))
    assert verdict.event == made.facts
    assert verdict.notice["title"]
    assert (verdict.receipt_key, verdict.log_key) == (SIGNER.key_id, LOG.vkey)
    assert verdict.receipt_key_known
    assert verdict.log_key_known


@pytest.mark.parametrize(("size", "index"), [(1, 0), (2, 1), (3, 2), (7, 0), (8, 7), (9, 8), (200, 131)])
def test_it_passes_wherever_it_is_in_the_log(size, index):
    assert verify(workshop(size=size, index=index).file(), jwks=JWKS).good


def test_without_keys_it_takes_those_that_the_receipt_names_and_says_so():
    verdict = verify(workshop().file())
    assert verdict.good
    assert not verdict.receipt_key_known
    assert not verdict.log_key_known


def test_a_receipt_forged_from_end_to_end_is_found_by_whoever_knows_the_keys():
    made = workshop()
    forged = {**made.envelope(), "receipt": OTHER_SIGNER.sign(canonical_json(made.document))}
    assert verify(canonical_json(forged)).good
    assert spelled(forged).failed == "signature"
    made.document["volens:log"]["vkey"] = OTHER_LOG.vkey
    forged = made.envelope()
    forged["log"]["proof"] = made.proof(OTHER_LOG).decode()
    assert verify(canonical_json(forged)).good
    assert spelled(forged).failed == "checkpoint"
    assert verify(canonical_json(forged), log_key=LOG.vkey).failed == "checkpoint"
    assert verify(canonical_json(forged), log_key=OTHER_LOG.vkey).good


def test_a_document_that_says_something_else_than_the_log_is_found_though_it_is_signed():
    made = workshop()
    made.document["volens:event"]["status"] = "refused"
    assert failing(made) == "statements"
    made = workshop()
    made.facts["method"] = "they phoned"
    made.document["volens:event"]["method"] = "they phoned"
    made.document["dpv:hasRecordOfActivity"][0]["dpv:hasConsentStatus"]["dpv:hasIndicationMethod"] = (
        "they phoned"
    )
    assert failing(made) == "commitment"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("dpv:hasNotice", "dct:title"), "Other"),
        (("dpv:hasNotice", "dct:description"), "Other"),
        (("dpv:hasNotice", "dct:language"), "de"),
        (("dpv:hasNotice", "dct:hasVersion"), "n2"),
        (("dpv:hasNotice", "@id"), "ni:///sha-256;AAAA"),
        (("dpv:hasProcess", "dpv:hasPurpose", "dct:identifier"), "other"),
        (("dpv:hasProcess", "dpv:hasPurpose", "dct:hasVersion"), 2),
        (("dpv:hasProcess", "dpv:hasPurpose", "@type"), "dpv:Marketing"),
        (("dpv:hasConsentStatus", "@type"), ["dpv:ConsentRefused"]),
        (("dpv:hasConsentStatus", "dpv:isIndicatedAtTime"), "2020-01-01T00:00:00+00:00"),
        (("dpv:hasConsentStatus", "dct:valid"), "2099-01-01T00:00:00+00:00"),
        (("dpv:hasDataSubject", "dpv:hasIdentifier"), "somebody"),
    ],
)
def test_a_statement_that_contradicts_event_or_notice_is_found_though_it_is_signed(path, value):
    made = workshop()
    place = made.document["dpv:hasRecordOfActivity"][0]
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    assert failing(made) == "statements"


def test_a_receipt_with_the_proof_of_another_entry_is_found():
    made, other = workshop(), workshop(happened(Status.WITHDRAWN))
    mixed = {**made.envelope(), "log": other.envelope()["log"]}
    assert spelled(mixed).failed == "commitment"
    elsewhere = workshop(index=6)
    mixed = {**made.envelope(), "log": elsewhere.envelope()["log"]}
    assert spelled(mixed).failed == "inclusion"


def test_a_notice_that_is_another_is_found():
    made = workshop()
    envelope = made.envelope()
    envelope["notice"] = envelope["notice"].replace("choose", "sell")
    assert spelled(envelope).failed == "notice"


@pytest.mark.parametrize(
    ("change", "step"),
    [
        (lambda file: file["log"].update(opening="00" * 32), "commitment"),
        (lambda file: file["log"].update(opening="x"), "commitment"),
        (lambda file: file["log"].update(entry=file["log"]["entry"].replace("given", "refused")), "commitment"),
        (lambda file: file["log"].update(proof=file["log"]["proof"].replace("index 5", "index 4")), "inclusion"),
        (lambda file: file["log"].update(proof=file["log"]["proof"].replace("\n9\n", "\n8\n")), "inclusion"),
        (lambda file: file["log"].update(proof=file["log"]["proof"].replace(ORIGIN + "\n", "x\n")), "checkpoint"),
        (lambda file: file["log"].update(proof="c2sp.org/tlog-proof@v1\nindex 5\n\n"), "inclusion"),
        (lambda file: file["log"].update(extra=1), "file"),
        (lambda file: file.update(format="volens-receipt/v2"), "file"),
        (lambda file: file.update(extra=1), "file"),
        (lambda file: file.pop("notice"), "file"),
        (lambda file: file.update(receipt="a.b"), "signature"),
        (lambda file: file.update(receipt=[]), "signature"),
    ],
)  # fmt: skip
def test_each_part_that_was_changed_is_found_by_its_step(change, step):
    envelope = workshop().envelope()
    change(envelope)
    assert spelled(envelope).failed == step


def header(made: Workshop, **changed: Any) -> bytes:
    """The receipt with another header, which is signed with the true key."""
    key = SIGNER._key
    value = {
        "alg": "EdDSA",
        "jwk": SIGNER._public,
        "kid": SIGNER.key_id,
        "typ": "volens-receipt+jws",
        **changed,
    }
    value = {name: each for name, each in value.items() if each is not None}
    token = jws.serialize_compact(value, canonical_json(made.document), key, registry=REGISTRIES["EdDSA"])
    return canonical_json({**made.envelope(), "receipt": token})


@pytest.mark.parametrize(
    "changed",
    [{"typ": "JWT"}, {"kid": "other"}, {"jwk": None}, {"jwk": {**SIGNER._public, "d": "x"}}, {"cty": "x"}],
)
def test_a_header_that_is_not_that_of_a_receipt_is_refused(changed):
    assert verify(header(workshop()), jwks=JWKS).good
    assert verify(header(workshop(), **changed), jwks=JWKS).failed == "signature"


@pytest.mark.parametrize(
    "noise",
    [b"", b"{}", b"[]", b"\xff", b"null", b'{"a":1,"a":1}', b"[" * 100_000, b" " * (2 << 20), b'{"a":1.5}', b'"\\ud800"'],
)  # fmt: skip
def test_noise_is_no_receipt(noise):
    assert verify(noise).failed == "file"


@pytest.mark.parametrize("key_set", [b"", b"[]", b"{}", b'{"keys":[1]}', b'{"keys":[{"crv":"Ed25519"}]}'])
def test_a_key_set_that_cannot_be_read_is_no_reason_to_trust_the_receipt(key_set):
    assert not verify(workshop().file(), jwks=key_set).good


def test_a_key_set_without_the_logs_key_leaves_the_log_unknown():
    keys = json.loads(JWKS)
    del keys["log"]
    verdict = verify(workshop().file(), jwks=json.dumps(keys).encode())
    assert verdict.good
    assert (verdict.receipt_key_known, verdict.log_key_known) == (True, False)


def test_the_signature_is_an_ordinary_jws_and_the_proof_an_ordinary_proof():
    made = workshop()
    envelope = made.envelope()
    opened = jws.deserialize_compact(
        envelope["receipt"], KeySet.import_key_set(json.loads(JWKS)), registry=REGISTRIES["EdDSA"]
    )
    assert json.loads(opened.payload) == made.document
    proof, entry = envelope["log"]["proof"].encode(), envelope["log"]["entry"].encode()
    index, checkpoint = verify_proof(proof, entry, LOG.verifier)
    assert (index, checkpoint.size) == (5, 9)


def test_the_same_event_gives_the_same_signature():
    assert workshop().envelope()["receipt"] == workshop().envelope()["receipt"]


def test_a_proof_that_is_too_long_or_too_short_leads_nowhere():
    from gateway.receipt_check.formats import BrokenError

    hashes = list(read_proof(workshop().proof()).hashes)
    for wrong in (hashes[:-1], [*hashes, b"h" * 32]):
        with pytest.raises(BrokenError):
            root_over(b"l" * 32, 5, 9, wrong)
    with pytest.raises(BrokenError):
        root_over(b"l" * 32, 9, 9, hashes)


def test_the_answer_to_a_change_is_no_receipt_and_says_where_it_is():
    verdict = verify(json.dumps({"receipt_id": "0" * 32, "purpose": "recommendations"}).encode())
    assert verdict.failed == "file"
    assert "/v1/receipts/" in verdict.why
