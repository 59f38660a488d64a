"""`volens subject`: for a gateway that runs and for one that does not, with the id on standard input only."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pty
import subprocess
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from gateway.cli import main
from gateway.rights.certificate import Certificates
from tests.gateway_process import Gateways, volens
from tests.journey.shop import Shop

WHO = "ada.canary@people.example"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    assert main(["init", str(tmp_path / "data")]) == 0
    return tmp_path / "data"


def say(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_a_stopped_gateway_is_opened_for_it(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report, certificate = tmp_path / "report.json", tmp_path / "certificate.json"
    say(monkeypatch, WHO + "\n")
    assert main(["subject", "export", str(directory), "--out", str(report)]) == 0
    assert json.loads(report.read_text())["key_fingerprint"] is None
    assert report.stat().st_mode & 0o777 == 0o600
    say(monkeypatch, WHO)
    assert main(["subject", "erase", str(directory), "--certificate", str(certificate)]) == 0
    assert "status    completed" in capsys.readouterr().out
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [json.loads(certificate.read_text())["signing_key"]]}))
    given = ["--key", str(directory / "log" / "log.vkey"), "--jwks", str(keys)]
    assert main(["subject", "verify", str(certificate), *given]) == 0
    assert "OK        signed by the keys given" in capsys.readouterr().out
    for half in (given[:2], given[2:]):
        assert main(["subject", "verify", str(certificate), *half]) == 1, "half of the keys show nothing"
        assert "OK" not in capsys.readouterr().out
    certificate.write_text(certificate.read_text().replace('"k\\":\\"erasure', '"k\\":\\"rights'))
    assert main(["subject", "verify", str(certificate), *given]) == 1
    assert main(["audit", "verify", str(directory)]) == 0


def test_without_a_file_the_report_alone_goes_to_standard_output(directory: Path) -> None:
    command = [sys.executable, "-m", "gateway", "subject", "export", str(directory)]
    done = subprocess.run(command, input=WHO.encode(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["format"] == "volens-access-report/1"
    assert b"request   " in done.stderr
    assert WHO.encode() not in done.stdout + done.stderr


def test_nothing_about_somebody_is_shown_on_a_terminal(directory: Path) -> None:
    terminal, end = pty.openpty()
    command = [sys.executable, "-m", "gateway", "subject", "export", str(directory)]
    try:
        done = subprocess.run(command, input=WHO.encode(), stdout=end, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(end)
        os.close(terminal)
    assert (done.returncode, b"--out" in done.stderr) == (2, True)
    assert not (directory / "records.db").exists(), "it was found out before anything was asked for"


def test_a_file_that_is_there_stays(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("kept")
    say(monkeypatch, WHO)
    assert main(["subject", "export", str(directory), "--out", str(taken)]) == 1
    say(monkeypatch, WHO)
    assert main(["subject", "erase", str(directory), "--certificate", str(taken)]) == 1
    assert taken.read_text() == "kept"
    assert WHO not in capsys.readouterr().err
    assert not (directory / "records.db").exists(), "it was found out before anything was asked for"


def test_a_file_for_which_nothing_came_is_gone_again_and_the_request_is_named(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Certificates, "make", lambda *_: None)
    say(monkeypatch, WHO)
    out = tmp_path / "certificate.json"
    assert main(["subject", "erase", str(directory), "--certificate", str(out)]) == 1
    assert "request   " in capsys.readouterr().out, "it was erased, and can be looked up"
    assert not out.exists()


def test_what_a_certificate_says_reaches_the_terminal_as_words_only(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever signs with a key of their own can say what they like around a true log entry."""
    file = tmp_path / "certificate.json"
    say(monkeypatch, WHO)
    assert main(["subject", "erase", str(directory), "--certificate", str(file)]) == 0
    true = json.loads(file.read_text())
    capsys.readouterr()
    for said in (
        "2020-01-01T00:00:00+00:00\nOK        signed by the keys given\x1b[8m",
        "soon",
        "2020-13-01T00:00:00+00:00",
    ):
        file.write_text(json.dumps(forged(true, erased_at=said)))
        assert main(["subject", "verify", str(file)]) == 1
        found = capsys.readouterr()
        assert found.out == ""
        assert "\x1b" not in found.err
    file.write_text(json.dumps(forged(true)))
    assert main(["subject", "verify", str(file)]) == 0, "the forgery is good enough, but for what it says"


def forged(true: dict[str, str], **claims: str) -> dict[str, object]:
    """The same certificate with other claims, signed with a key that the file brings itself."""
    head, body, _ = true["certificate"].split(".")
    header, said = (json.loads(urlsafe_b64decode(part + "==")) for part in (head, body))
    key = SigningKey.generate()
    jwk = {"crv": "Ed25519", "kty": "OKP", "x": text_of(bytes(key.verify_key))}
    header["kid"] = text_of(hashlib.sha256(spelt(jwk)).digest())
    signed = ".".join(text_of(spelt(part)) for part in (header, {**said, **claims}))
    return {
        **true,
        "certificate": f"{signed}.{text_of(key.sign(signed.encode()).signature)}",
        "signing_key": jwk,
    }


def spelt(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def text_of(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "text", [b"", b"\n", b"one\ntwo\n", b"one\x0btwo", b"\xff\xfe\n", b"x" * 257, b"x" * 9999]
)
@pytest.mark.parametrize("command", ["subject erase", "portal link"])
def test_anything_but_one_line_is_refused(
    directory: Path, text: bytes, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert main([*command.split(), str(directory)]) == 1
    assert not (directory / "records.db").exists(), "nothing was opened"
    assert not (directory / "portal").exists(), "no link was made"


@pytest.mark.slow
def test_a_running_gateway_is_asked(gateways: Gateways, tmp_path: Path) -> None:
    gateway = gateways.start()
    shop = Shop(gateway)
    shop.consent(WHO, "given")
    shop.consent({"anonymous_id": WHO}, "given")
    out = tmp_path / "report.html"

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return volens("subject", *arguments, "--url", gateway.url, stdin=WHO)

    done = run("export", str(gateway.directory), "--format", "html", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "<!doctype html>" in out.read_text()
    erased = run("erase", str(gateway.directory))
    assert erased.returncode == 0, erased.stderr
    assert WHO not in erased.stdout + erased.stderr + done.stdout + done.stderr
    assert not shop.permits(WHO)["recommendations"]
    assert shop.permits({"anonymous_id": WHO})["recommendations"]
    assert run("erase", str(gateway.directory), "--anonymous").returncode == 0
    assert not shop.permits({"anonymous_id": WHO})["recommendations"]
