"""What people were told is kept by hash; a consent whose notice is gone does not count, and says why."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.gateway_process import Gateway, Gateways, volens
from tests.journey.shop import Shop, view, wait_until

REC = "recommendations"
DAY = 86_400
UI = hashlib.sha256(b"banner 3, two equal buttons").hexdigest()


def give(shop: Shop, who: str, **more: Any) -> dict[str, Any]:
    """A grant with everything a source may say about it; the answer."""
    body = {"subject": {"id": who}, "purpose": REC, "status": "given", "method": "test", **more}
    answer = shop.server.put("/v1/consents", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def standing(shop: Shop, who: str) -> dict[str, Any]:
    """What is said of the person's recommendations."""
    purposes = shop.server.post("/v1/consents/query", json={"subject": {"id": who}}).json()["purposes"]
    return next(each for each in purposes if each["purpose"] == REC)


def serve_again(gateway: Gateway) -> Shop:
    gateway.serve()
    return Shop(gateway)


def change_notice(directory: Path) -> None:
    """The text of recommendations changes, and not materially: older consents still count."""
    policy = directory / "policy.toml"
    old = "version = 1\nlegal_basis"
    new = "version = 2\nlast_material_version = 1\nlegal_basis"
    policy.write_text(policy.read_text().replace(old, new, 1))


def test_a_consent_counts_while_its_notice_is_kept_and_no_longer(gateways: Gateways) -> None:
    gateway = gateways.start()
    shop = Shop(gateway)
    shop.stock()
    ann = give(shop, "ann", ui_variant=UI, jurisdiction="FR", locale="fr-CA")
    notices = gateway.directory / "notices"
    told = (notices / ann["notice"]).read_bytes()
    assert hashlib.sha256(told).hexdigest() == ann["notice"]
    assert '"locale":"fr"' in told.decode()
    gateway.stop()
    change_notice(gateway.directory)
    shop = serve_again(gateway)
    bob = give(shop, "bob", locale="fr")
    assert bob["notice"] != ann["notice"]
    assert (notices / ann["notice"]).read_bytes() == told, "it stays when the policy changes"
    assert standing(shop, "ann")["permitted"]
    assert shop.batch([view("ann", "item-1")])["accepted"] == 1
    gateway.stop()
    (notices / ann["notice"]).unlink()
    shop = serve_again(gateway)
    assert standing(shop, "bob")["permitted"]
    assert standing(shop, "ann") == {
        "purpose": REC,
        "version": 2,
        "permitted": False,
        "reason": "unprovable",
    }
    assert shop.batch([view("ann", "item-2")])["reasons"] == {"unprovable": 1}
    assert shop.decide("ann")["reason"] == "unprovable"
    asked = {
        "subject": {"type": "service", "id": "mailer"},
        "action": {"name": REC},
        "resource": {"type": "data_subject", "id": "ann"},
    }
    told_service = shop.server.post("/access/v1/evaluation", json=asked).json()
    assert (told_service["decision"], told_service["context"]["reason"]) == (False, "unprovable")
    give(shop, "ann", locale="fr")
    assert standing(shop, "ann")["permitted"], "asked again under a notice that is kept"


def test_a_changed_notice_is_as_good_as_missing(gateways: Gateways) -> None:
    gateway = gateways.start()
    shop = Shop(gateway)
    path = gateway.directory / "notices" / give(shop, "ann")["notice"]
    gateway.stop()
    change_notice(gateway.directory)
    path.write_bytes(path.read_bytes().replace(b"We use", b"We sell"))
    shop = serve_again(gateway)
    assert standing(shop, "ann")["reason"] == "unprovable"


def test_a_description_of_the_asking_that_is_none_is_refused(gateway: Gateway) -> None:
    shop = Shop(gateway)
    for wrong in ({"ui_variant": "canary"}, {"ui_variant": UI.upper()}, {"jurisdiction": "canary"}):
        body = {"subject": {"id": "eve"}, "purpose": REC, "status": "given", "method": "test", **wrong}
        answer = shop.server.put("/v1/consents", json=body)
        assert answer.status_code == 422, answer.text
        assert "canary" not in answer.text
    assert not standing(shop, "eve")["permitted"]


def test_a_yes_of_before_is_taken_with_the_notice_that_people_saw_then(gateways: Gateways) -> None:
    gateway = gateways.start()
    shop = Shop(gateway)
    directory, given_at = gateway.directory, int(time.time()) - 200 * DAY
    body = {
        "subject": {"id": "ann"}, "purpose": REC, "status": "given", "method": "import", "evidence": "import",
        "occurred_at": given_at, "locale": "de",
    }  # fmt: skip
    assert shop.server.put("/v1/consents", json=body).json()["reason"] == "before_the_notice"
    earlier = directory.with_name("earlier.toml")
    text = (directory / "policy.toml").read_text()
    earlier.write_text(text.replace("Empfehlungen", "Vorschläge").replace("365", "300"))
    later = (datetime.now(UTC) + timedelta(days=2)).date()
    assert volens("policy", "notices", directory, earlier, "--since", later).returncode == 1
    first = datetime.fromtimestamp(given_at - 5 * DAY, UTC).date()
    done = volens("policy", "notices", directory, earlier, "--since", first)
    assert done.returncode == 0, done.stderr
    names = {(locale, entry): digest for digest, locale, entry in map(str.split, done.stdout.splitlines())}
    body["notice"] = names["de", REC]
    assert shop.server.put("/v1/consents", json=body).json()["reason"] == "wrong_notice", "not read yet"
    gateway.stop()
    shop = serve_again(gateway)
    for wrong in ({"notice": names["de", "analytics"]}, {"notice": "0" * 64}):
        answer = shop.server.put("/v1/consents", json=body | wrong)
        assert (answer.status_code, answer.json()["reason"]) == (409, "wrong_notice")
    before = shop.server.put("/v1/consents", json=body | {"occurred_at": given_at - 9 * DAY})
    assert before.json()["reason"] == "before_the_notice"
    answer = shop.server.put("/v1/consents", json=body).json()
    assert (answer["notice"], answer["evidence"]) == (body["notice"], "import")
    assert answer["valid_until"] == given_at + 300 * DAY
    assert standing(shop, "ann")["permitted"]
    found = shop.server.get("/v1/audit/entries", params={"kind": "policy"}).json()["entries"]
    kept = {"act": "notices", "rules": hashlib.sha256(earlier.read_bytes()).hexdigest()}
    began = datetime(first.year, first.month, first.day, tzinfo=UTC)
    assert kept | {"since": int(began.timestamp())} in [each["entry"]["d"] for each in found]
    receipt = directory.with_name("receipt.json")
    wait_until(lambda: save_receipt(shop, answer["receipt_id"], receipt), "the entry is published")
    keys = directory.with_name("keys.json")
    keys.write_text(shop.server.get("/.well-known/volens-receipts.json").text)
    verified = volens("consent", "verify", receipt, "--jwks", keys)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "Vorschläge" in receipt.read_text()


def save_receipt(shop: Shop, receipt_id: str, file: Path) -> bool:
    answer = shop.server.get(f"/v1/receipts/{receipt_id}")
    file.write_text(answer.text)
    return answer.status_code == 200
