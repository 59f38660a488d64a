"""`volens consent verify` on good receipts and on bad ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from audit import NoteSigner
from gateway.cli import main
from gateway.receipts.signer import ReceiptSigner
from gateway.rights.certificate_check import FORMAT
from tests.receipt_workshop import JWKS, LOG, ORIGIN, SIGNER, workshop

OTHER = NoteSigner.from_seed(ORIGIN, b"x" * 32)


@pytest.fixture
def receipt(tmp_path: Path) -> Path:
    file = tmp_path / "receipt.json"
    file.write_bytes(workshop().file())
    return file


def verify(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str]:
    code = main(["consent", "verify", *map(str, arguments)])
    told = capsys.readouterr()
    return code, told.out + told.err


def test_a_good_receipt_is_good_and_says_what_it_is_about(capsys, receipt):
    code, said = verify(capsys, receipt)
    assert code == 0
    for words in ("given at 2027-01-15T08:00:00+00:00", "shop, version 1", "Tips", "OK  ", SIGNER.key_id):
        assert words in said
    assert "NOTE" in said, "the keys are those that the receipt names itself"


def test_with_known_keys_there_is_nothing_left_to_compare(capsys, tmp_path, receipt):
    keys = tmp_path / "keys.json"
    keys.write_bytes(JWKS)
    code, said = verify(capsys, receipt, "--jwks", keys)
    assert code == 0
    assert "NOTE" not in said
    assert verify(capsys, receipt, "--jwks", keys, "--key", LOG.vkey)[0] == 0


@pytest.mark.parametrize("what", ["key", "jwks"])
def test_other_keys_are_told_as_wrong(capsys, tmp_path, receipt, what):
    keys = tmp_path / "keys.json"
    keys.write_bytes(ReceiptSigner(b"y" * 32).key_set(LOG.vkey))
    option = ["--key", OTHER.vkey] if what == "key" else ["--jwks", keys]
    code, said = verify(capsys, receipt, *option)
    assert code == 1
    assert {"key": "WRONG    checkpoint", "jwks": "WRONG    signature"}[what] in said
    assert "OK  " not in said


def test_a_changed_receipt_is_wrong(capsys, receipt):
    receipt.write_bytes(receipt.read_bytes().replace(b"choose", b"sell  "))
    code, said = verify(capsys, receipt)
    assert code == 1
    assert "WRONG    notice" in said


def test_what_is_no_receipt_is_wrong_and_is_not_quoted(capsys, receipt):
    receipt.write_bytes(b"canary")
    code, said = verify(capsys, receipt)
    assert code == 1
    assert "canary" not in said


def test_a_file_that_is_not_there_is_a_mistake(capsys, tmp_path):
    assert verify(capsys, tmp_path / "nowhere.json")[0] == 2


def test_nothing_of_a_receipt_reaches_the_terminal_as_a_command(capsys, receipt):
    made = workshop()
    event = made.document["volens:event"]
    event["purpose"] = "\x1b]0;mine\x07"
    receipt.write_bytes(made.file())
    code, said = verify(capsys, receipt)
    assert code == 1
    assert "\x1b" not in said


def test_a_certificate_is_checked_too_and_a_forged_one_is_none(capsys, tmp_path):
    file = tmp_path / "certificate.json"
    forged = {"format": FORMAT, "certificate": "", "signing_key": {}, "entry": "", "proof": "", "log_key": ""}
    file.write_text(json.dumps(forged))
    code, said = verify(capsys, file)
    assert code == 1
    assert "it is not a certificate of erasure" in said
    assert "receipt" not in said
