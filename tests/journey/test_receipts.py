"""A receipt is given out, checked by programs that know nothing of the gateway, and outlives the person's data."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey

from audit import NoteVerifier, verify_proof
from gateway.callers.signed_tokens import REGISTRIES
from gateway.receipt_check.verifier import verify
from tests.gateway_process import Gateway, Gateways, volens
from tests.journey.shop import Shop, view

KEYS = "/.well-known/volens-receipts.json"
TIME_OR_COUNT = re.compile(r"[0-9]+|[0-9]{4}-[0-9-]{5}T[0-9:+]+")
ISSUER, AUDIENCE = "https://id.shop.example", "volens"


@pytest.fixture(scope="module")
def people() -> OKPKey:
    return OKPKey.generate_key("Ed25519")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, people: OKPKey) -> Iterator[Shop]:
    gateways = Gateways(tmp_path_factory.mktemp("receipts"))
    try:
        yield Shop(gateways.start(partial(trust, people)))
    finally:
        gateways.close()


def trust(people: OKPKey, directory: Path) -> None:
    """Accept tokens of an issuer whose subjects are people."""
    keys = directory / "people.jwks"
    keys.write_text(
        json.dumps({"keys": [{**people.as_dict(private=False), "alg": "EdDSA", "kid": people.thumbprint()}]})
    )
    settings = directory / "volens.toml"
    settings.write_text(
        settings.read_text()
        + f'\n[[issuers]]\nid = "people"\nissuer = "{ISSUER}"\naudience = "{AUDIENCE}"\njwks_file = "people.jwks"\n'
        'binds = "person"\nscopes = ["consent:read", "consent:write"]\n'
    )


def as_person(shop: Shop, people: OKPKey, who: str) -> httpx.Client:
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": who,
        "exp": int(time.time()) + 600,
        "scope": "consent:read consent:write",
    }
    header = {"alg": "EdDSA", "kid": people.thumbprint()}
    token = jwt.encode(header, claims, people, registry=REGISTRIES["EdDSA"])
    return httpx.Client(base_url=shop.gateway.url, headers={"authorization": f"Bearer {token}"}, timeout=90)


def receipt_of(shop: Shop, written: dict[str, Any]) -> httpx.Response:
    return shop.server.get(f"/v1/receipts/{written['receipt_id']}")


def problem(answer: httpx.Response) -> dict[str, Any]:
    """A problem without what differs each time."""
    return {name: value for name, value in answer.json().items() if name != "instance"}


def test_every_change_has_a_receipt_that_proves_it(shop: Shop) -> None:
    keys = httpx.get(shop.gateway.url + KEYS, timeout=90).content
    for status in ("given", "given", "withdrawn", "refused"):
        written = shop.consent("ann", status)
        answer = receipt_of(shop, written)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "private, no-store"
        assert written["receipt_id"] in answer.headers["content-disposition"]
        verdict = verify(answer.content, jwks=keys)
        assert verdict.good, (verdict.failed, verdict.why)
        assert verdict.event["id"] == written["receipt_id"]
        assert verdict.event["status"] == written["status"]
        assert verdict.event["notice"] == written["notice"]
    assert "renewed" in {
        receipt["status"] for receipt in [shop.consent("bob", "given"), shop.consent("bob", "given")]
    }


def values_in(value: Any) -> set[str]:
    """Every text in a receipt but its proof, which follows from the place in the log; the JSON inside its texts included."""
    if isinstance(value, dict):
        return set().union(*(values_in(each) for name, each in value.items() if name != "proof"))
    if isinstance(value, list):
        return set().union(*(values_in(each) for each in value))
    if isinstance(value, str) and value.startswith("{"):
        return values_in(json.loads(value))
    if isinstance(value, str) and value.startswith("eyJ"):
        header, payload, _ = (
            base64.urlsafe_b64decode(part + "==").decode("latin-1") for part in value.split(".")
        )
        return values_in(header) | values_in(payload)
    return set(str(value).split())


def test_a_receipt_does_not_say_whose_it_is_and_two_of_one_person_have_nothing_in_common(shop: Shop) -> None:
    purposes = ("recommendations", "analytics")
    found = {
        (who, purpose): values_in(receipt_of(shop, shop.consent(f"canary-{who}", "given", purpose)).json())
        for who in ("kit", "lea")
        for purpose in purposes
    }
    for values in found.values():
        assert "dpv:ConsentReceipt" in values
        assert not [value for value in values if "canary" in value]
    for who, other in (("kit", "lea"), ("lea", "kit")):
        of_one_person = set.intersection(*(found[who, purpose] for purpose in purposes))
        of_the_other = set.union(*(found[other, purpose] for purpose in purposes))
        said_of_both = {each for each in of_one_person - of_the_other if not TIME_OR_COUNT.fullmatch(each)}
        assert said_of_both == set()


def test_a_receipt_stays_the_same_while_the_log_grows_and_over_a_restart(gateways: Gateways) -> None:
    gateway = gateways.start()
    shop = Shop(gateway)
    shop.stock()
    written = shop.consent("cid", "given")
    first = json.loads(receipt_of(shop, written).content)
    assert shop.batch([view("cid", f"item-{n}") for n in range(20)])["accepted"] == 20
    shop.consent("cid", "given")
    gateway.stop()
    gateway.serve()
    shop = Shop(gateway)
    answer = receipt_of(shop, written)
    later = json.loads(answer.content)
    assert later["receipt"] == first["receipt"]
    assert later["notice"] == first["notice"]
    assert later["log"]["entry"] == first["log"]["entry"]
    assert later["log"]["proof"] != first["log"]["proof"]
    assert verify(answer.content, jwks=httpx.get(gateway.url + KEYS, timeout=90).content).good


def test_the_proof_is_that_of_the_published_log(shop: Shop) -> None:
    written = shop.consent("dan", "given")
    log = receipt_of(shop, written).json()["log"]
    verifier = NoteVerifier.from_vkey(httpx.get(shop.gateway.url + "/log/log.vkey", timeout=90).text.strip())
    index, _ = verify_proof(log["proof"].encode(), log["entry"].encode(), verifier)
    assert index == written["audit"]["index"]


@pytest.mark.parametrize(
    "receipt_id", ["0" * 32, "0" * 31, "Z" * 32, "canary", "00", "0" * 64, "..%2f..%2fcredentials.json"]
)
def test_what_is_no_receipt_looks_like_one_that_is_not_there(shop: Shop, receipt_id: str) -> None:
    absent = shop.server.get(f"/v1/receipts/{'1' * 32}")
    answer = shop.server.get(f"/v1/receipts/{receipt_id}")
    assert answer.status_code == absent.status_code == 404
    assert problem(answer) == problem(absent)
    assert "canary" not in answer.text


def test_a_person_reads_their_own_receipts_and_nobody_elses_look_like_anything(
    shop: Shop, people: OKPKey
) -> None:
    with as_person(shop, people, "eva") as eva, as_person(shop, people, "fay") as fay:
        body = {"subject": {"id": "eva"}, "purpose": "analytics", "status": "given", "method": "portal"}
        written = eva.put("/v1/consents", json=body)
        assert written.status_code == 200, written.text
        path = f"/v1/receipts/{written.json()['receipt_id']}"
        own, others, absent = eva.get(path), fay.get(path), fay.get(f"/v1/receipts/{'0' * 32}")
    verdict = verify(own.content)
    assert verdict.good
    assert (verdict.event["evidence"], verdict.event["assurance"]) == ("user_action", "bound")
    assert others.status_code == absent.status_code == 404
    assert problem(others) == problem(absent)


def test_nobody_reads_receipts_without_the_scope(shop: Shop) -> None:
    path = f"/v1/receipts/{shop.consent('gil', 'given')['receipt_id']}"
    assert httpx.get(shop.gateway.url + path, timeout=90).status_code == 401
    assert shop.gateway.client("decide").get(path).status_code == 403
    assert shop.browser.get(path).status_code == 403


def test_after_an_erasure_the_receipt_is_gone_and_the_copy_still_proves(shop: Shop, tmp_path: Path) -> None:
    written = shop.consent("hal", "given")
    kept, keys = tmp_path / "receipt.json", tmp_path / "keys.json"
    kept.write_bytes(receipt_of(shop, written).content)
    keys.write_bytes(httpx.get(shop.gateway.url + KEYS, timeout=90).content)
    shop.erase("hal")
    assert receipt_of(shop, written).status_code == 404
    done = volens("consent", "verify", kept, "--jwks", keys)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "OK" in done.stdout
    kept.write_bytes(kept.read_bytes().replace(b"given", b"taken", 1))
    assert volens("consent", "verify", kept).returncode == 1


def test_a_consent_whose_notice_is_gone_has_no_receipt(gateways: Gateways) -> None:
    gateway = gateways.start()
    shop = Shop(gateway)
    written = shop.consent("ida", "given")
    gateway.stop()
    forget_notice(gateway, written["notice"])
    gateway.serve()
    assert receipt_of(Shop(gateway), written).status_code == 404


def forget_notice(gateway: Gateway, notice: str) -> None:
    """Let another policy be in force, and the notice be gone."""
    policy = gateway.directory / "policy.toml"
    old, new = "retention_days = 395", "retention_days = 394"
    policy.write_text(policy.read_text().replace(old, new))
    (gateway.directory / "notices" / notice).unlink()
