"""What is left to a person who was erased: a certificate that anybody can check, and nobody can make up."""

from __future__ import annotations

import ast
import asyncio
import base64
import json
import random
import sys
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import OKPKey

from audit import NoteVerifier, verify_proof
from gateway.callers.signed_tokens import REGISTRIES
from gateway.rights.certificate_check import CertificateError, verify_certificate
from tests.house.source import ROOT
from tests.journey.in_process import Inside, inside
from tests.journey.test_rights import ask, shape


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificate") / "volens"


async def fetch(served: Inside, asked: dict[str, Any]) -> dict[str, Any]:
    """The certificate, as soon as the log has been published so far."""
    while (answer := await served.http.get(asked["certificate"])).status_code == 503:
        assert answer.headers["retry-after"]
        await asyncio.sleep(0.05)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.fixture(scope="module")
def made(directory: Path) -> dict[str, Any]:
    """Certificates of somebody known and somebody unknown, with the keys to check them."""

    async def live() -> dict[str, Any]:
        async with inside(directory) as served:
            for n in range(5):
                await served.consent(f"person-{n}", "given")
            report = await ask(served, "person-3", "access")
            told = (await served.http.get(report["report"])).json()["key_fingerprint"]
            asked = await ask(served, "person-3", "erasure")
            known = await fetch(served, asked)
            unknown = await fetch(served, await ask(served, "nobody", "erasure"))
            keys = (await served.http.get("/v1/rights/keys")).content
            vkey = (await served.http.get("/log/log.vkey")).text
            for each in (asked, report):
                path = f"/v1/rights/{each['request_id']}/certificate"
                assert (await served.http.get(path)).status_code == (200 if each is asked else 404)
        return {"known": known, "unknown": unknown, "keys": keys, "vkey": vkey, "told": told, "asked": asked}

    return asyncio.run(live())


def as_file(certificate: dict[str, Any]) -> bytes:
    return json.dumps(certificate).encode()


def test_a_certificate_holds_against_keys_had_in_another_way(made: dict[str, Any]) -> None:
    found = verify_certificate(as_file(made["known"]), log_key=made["vkey"], signing_keys=made["keys"])
    assert found.anchored
    assert found.key == made["told"], "what the person was told before they were erased"
    assert found.index == made["asked"]["audit"]["index"] < found.size
    assert found.log == made["asked"]["audit"]["log"]
    assert not verify_certificate(as_file(made["known"])).anchored, "by itself it only vouches for itself"


def test_known_and_unknown_have_certificates_of_one_form(made: dict[str, Any]) -> None:
    assert shape(made["known"]) == shape(made["unknown"])
    assert verify_certificate(as_file(made["unknown"])).key != made["told"]
    claims = [claims_of(made[who]) for who in ("known", "unknown")]
    assert shape(claims[0]) == shape(claims[1])


def claims_of(certificate: dict[str, Any]) -> dict[str, Any]:
    body = certificate["certificate"].split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(body + "==")))


def test_tools_of_others_agree(made: dict[str, Any]) -> None:
    key = OKPKey.import_key(made["known"]["signing_key"])
    signed = jws.deserialize_compact(made["known"]["certificate"], key, registry=REGISTRIES["EdDSA"])
    assert json.loads(signed.payload or b"")["key"] == made["told"]
    entry = made["known"]["entry"].encode()
    index, _ = verify_proof(
        made["known"]["proof"].encode(), entry, NoteVerifier.from_vkey(made["vkey"].strip())
    )
    assert index == claims_of(made["known"])["index"]


def test_nothing_in_it_can_be_exchanged(made: dict[str, Any]) -> None:
    for member in ("certificate", "signing_key", "entry", "proof"):
        mixed = {**made["known"], member: made["unknown"][member]}
        if mixed != made["known"]:
            with pytest.raises(CertificateError):
                verify_certificate(as_file(mixed), log_key=made["vkey"], signing_keys=made["keys"])


def test_no_character_of_it_can_be_changed(made: dict[str, Any]) -> None:
    good = as_file(made["known"])
    chance = random.Random(3)
    members = ("certificate", "entry", "proof", "format")
    for member in members:
        text = made["known"][member]
        for at in sorted(chance.sample(range(len(text)), min(60, len(text)))):
            other = "A" if text[at] != "A" else "B"
            changed = {**made["known"], member: text[:at] + other + text[at + 1 :]}
            with pytest.raises(CertificateError):
                verify_certificate(as_file(changed), log_key=made["vkey"], signing_keys=made["keys"])
    for cut in range(0, len(good) - 1, 97):
        with pytest.raises(CertificateError):
            verify_certificate(good[:cut], log_key=made["vkey"], signing_keys=made["keys"])


def test_a_certificate_by_another_key_or_of_another_log_is_none(made: dict[str, Any], tmp_path: Path) -> None:
    other = OKPKey.generate_key("Ed25519").as_dict(private=False)
    with pytest.raises(CertificateError):
        verify_certificate(as_file(made["known"]), signing_keys=json.dumps({"keys": [other]}).encode())
    name, _, _ = made["vkey"].partition("+")
    stranger = NoteVerifier(name, b"\7" * 32).vkey
    with pytest.raises(CertificateError):
        verify_certificate(as_file(made["known"]), log_key=stranger)


@pytest.mark.parametrize(
    "junk", [b"", b"{}", b"[]", b"null", b"\xff", b'{"format":1}', b"[" * 9999, b'{"a":1,"a":2}']
)
def test_junk_is_no_certificate(junk: bytes) -> None:
    with pytest.raises(CertificateError):
        verify_certificate(junk)


def test_the_verifier_knows_nothing_of_ours() -> None:
    tree = ast.parse((ROOT / "gateway/rights/certificate_check.py").read_text())
    named = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    foreign = {name.split(".")[0] for name in named} - sys.stdlib_module_names - {"__future__"}
    assert foreign == {"nacl"}
