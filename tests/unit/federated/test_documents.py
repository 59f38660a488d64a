"""Manifests, records, signatures and participation: what is signed means one thing and cannot be passed off as another."""

from __future__ import annotations

import dataclasses
import json

import msgspec
import pytest
from nacl.signing import SigningKey

from federated import (
    Counts,
    DocumentError,
    DocumentUse,
    Manifest,
    Participation,
    RoundRecord,
    SignatureError,
    Standing,
    Verdict,
    decimal,
    digest_of_manifest,
    open_document,
    participation_proofs,
    participation_root,
    read_manifest,
    read_record,
    sign_document,
    verify_participation,
    write_manifest,
    write_record,
)

HEX = "ab" * 32
MANIFEST = Manifest(
    name="films", version=1, purpose="model-improvement", policy=HEX, program=HEX, items=HEX, n_items=100, parent=None,
    max_items=60, unit=4096, exponent_percent=50, dimensions=16, half_life=5, remembered=50, damping_percent=25, floor=10, scale=14_000, minimum=10,
    neighbours=None, opens_at=100, closes_at=200,
)  # fmt: skip
RECORD = RoundRecord(
    manifest=HEX, verdict=Verdict.PUBLISHED, asked_at=7, checked_at=9,
    counts=Counts(enrolled=9, asked=8, refused=1, dropped=1, withdrawn=1, included=5, cohorts=1),
    participation=HEX, opened=True, release=HEX, rho="1.25", rho_before="0", delta="0.00001", epsilon="8.1", model=HEX,
    metrics={"hit-rate-at-10": "0.25"},
)  # fmt: skip
KEY = SigningKey(bytes(32))


class TestSigning:
    def test_a_signed_document_opens_with_its_key_for_its_use(self) -> None:
        signed = sign_document(DocumentUse.MANIFEST, b"body", KEY)
        assert open_document(DocumentUse.MANIFEST, signed, KEY.verify_key) == b"body"

    def test_it_opens_for_no_other_use_key_or_body(self) -> None:
        signed = sign_document(DocumentUse.MANIFEST, b"body", KEY)
        other = SigningKey(bytes([1]) * 32).verify_key
        for use, document, key in (
            (DocumentUse.MODEL, signed, KEY.verify_key),
            (DocumentUse.MANIFEST, signed, other),
            (DocumentUse.MANIFEST, signed + b"!", KEY.verify_key),
            (DocumentUse.MANIFEST, signed[:30], KEY.verify_key),
        ):
            with pytest.raises(SignatureError):
                open_document(use, document, key)


class TestManifest:
    def test_it_is_read_as_it_was_written(self) -> None:
        assert read_manifest(write_manifest(MANIFEST)) == MANIFEST

    def test_it_gives_each_cohort_a_sum_of_its_own(self) -> None:
        first, second = MANIFEST.plan_of(0), MANIFEST.plan_of(1)
        assert first.round != second.round
        assert first.n_values == 5050
        changed = msgspec.structs.replace(MANIFEST, scale=1)
        assert changed.plan_of(0).round != first.round
        assert digest_of_manifest(changed) != digest_of_manifest(MANIFEST)

    def test_its_loss_follows_from_its_terms(self) -> None:
        assert MANIFEST.rho == pytest.approx(MANIFEST.clip.norm_squared / (2 * 14_000**2))

    @pytest.mark.parametrize(
        "change",
        [
            {"format": "x"},
            {"scale": 0},
            {"unit": 1},
            {"minimum": 2},
            {"neighbours": 5},
            {"closes_at": 100},
            {"dimensions": 65},
            {"items": "AB" * 32},
            {"items": HEX + "\n"},
            {"extra": 1},
            {"n_items": 2049},
            {"name": "Films"},
        ],
    )
    def test_contradictory_terms_are_refused(self, change: dict) -> None:
        written = json.loads(write_manifest(MANIFEST)) | change
        data = json.dumps(written, sort_keys=True, separators=(",", ":")).encode()
        with pytest.raises(DocumentError):
            read_manifest(data)

    def test_another_spelling_is_refused(self) -> None:
        for data in (b" " + write_manifest(MANIFEST), b"", b"\xff"):
            with pytest.raises(DocumentError):
                read_manifest(data)


def test_a_record_is_read_as_it_was_written_and_named_by_all_of_it() -> None:
    assert read_record(write_record(RECORD)) == RECORD
    other = msgspec.structs.replace(RECORD, checked_at=10)
    assert write_record(other) != write_record(RECORD)


def test_decimals_are_rounded_up() -> None:
    assert [decimal(x) for x in (0.0, 0.5, 8.0, 1e-5)] == ["0", "0.5", "8", "0.00001"]
    assert float(decimal(1 / 3)) >= 1 / 3
    assert decimal(1e-13) == "0.000000000001"


class TestParticipation:
    def everybody(self, n_devices: int = 9) -> list[Participation]:
        kinds = list(Standing)
        return [
            Participation(bytes([n]) * 32, bytes([n + 50]) * 32, bytes([n + 100]) * 32, kinds[n % len(kinds)])
            for n in range(n_devices)
        ]

    @pytest.mark.parametrize("n_devices", [1, 2, 3, 9, 40])
    def test_each_device_proves_what_came_of_it(self, n_devices: int) -> None:
        everybody = self.everybody(n_devices)
        root = participation_root(everybody)
        proofs = participation_proofs(everybody)
        assert [proof.participation for proof in proofs] == everybody
        assert all(verify_participation(proof, root) for proof in proofs)

    def test_nobody_proves_anything_else(self) -> None:
        everybody = self.everybody()
        root = participation_root(everybody)
        proof = participation_proofs(everybody)[0]
        assert proof.participation.standing is Standing.INCLUDED
        for change in (
            {"standing": Standing.WITHDRAWN},
            {"salt": bytes(32)},
            {"device": bytes(32)},
            {"receipt": bytes(32)},
        ):
            lie = dataclasses.replace(proof, participation=dataclasses.replace(proof.participation, **change))
            if lie != proof:
                assert not verify_participation(lie, root)
        assert not verify_participation(proof, bytes(32))

    def test_the_order_of_the_devices_does_not_show_in_the_root(self) -> None:
        everybody = self.everybody()
        assert participation_root(everybody) == participation_root(everybody[::-1])

    def test_another_salt_is_another_leaf(self) -> None:
        one = self.everybody()[3]
        assert dataclasses.replace(one, salt=bytes(32)).leaf() != one.leaf()
