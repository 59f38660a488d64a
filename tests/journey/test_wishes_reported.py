"""What people wish of their slates stands in the log for good, so every report over it must still be made: by app, device and portal."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path

import pytest

from audit import published_entries
from tests.gateway_process import Gateway, Gateways, volens
from tests.journey.officer_visitor import Officer, many_sign_ins
from tests.journey.portal_visitor import Visitor
from tests.journey.shop import Shop, view, wait_until

pytestmark = pytest.mark.slow

WISHES = {
    "do_not_use": "item-1",
    "less_like_this": "item-2",
    "use_again": "item-1",
    "pause": None,
    "resume": None,
    "reset": None,
}


def wish_everything(shop: Shop) -> None:
    """Every wish of an app and of a device, and the portal's own."""
    device = shop.server.post("/v1/device-tokens", json={"anonymous_id": "browser"}).json()["access_token"]
    shop.consent({"anonymous_id": "browser"}, "given")
    seen = {**view("", "item-1"), "userId": None, "anonymousId": "browser"}
    assert shop.batch([seen])["accepted"] == 1
    callers = (({"id": "ada"}, {}), ({"anonymous_id": "browser"}, {"authorization": f"Bearer {device}"}))
    for subject, headers in callers:
        for wish, item in WISHES.items():
            body = {"subject": subject, "wish": wish, **({"item": item} if item else {})}
            answer = shop.server.post("/v1/controls", json=body, headers=headers)
            lifted = wish == "resume" and headers  # the pause was the person's, and the app made the token
            expected = {"status": 403} if wish == "use_again" else {"done": not lifted}
            assert expected.items() <= answer.json().items(), (wish, answer.text)
    again = {"subject": {"id": "ada"}, "wish": "less_like_this", "item": "item-2"}
    assert shop.server.post("/v1/controls", json=again).json() == {"done": True}
    visitor = Visitor(shop.gateway)
    visitor.sign_in("ada")
    shown, *_ = re.findall(r'name="item" value="(\d+)" aria-describedby="aside', visitor.read("/portal/why"))
    assert "We use this again." in visitor.press("/portal/why/again", {"item": shown}, then="/portal/why")


def published_wishes(gateway: Gateway) -> list[str]:
    """The wishes that a checkpoint covers: an export holds nothing newer."""
    details = (json.loads(entry).get("d", {}) for _, entry in published_entries(gateway.directory / "log"))
    return [each["act"] for each in details if each.get("act") in WISHES]


def test_every_export_and_report_is_made_and_verified_after_every_wish(
    gateways: Gateways, tmp_path: Path
) -> None:
    shop = Shop(gateways.start(many_sign_ins))
    shop.stock()
    shop.consent("ada", "given")
    shop.see("ada", "item-1", "item-2")
    wish_everything(shop)
    wait_until(lambda: published_wishes(shop.gateway).count("use_again") == 1, "a checkpoint over all of it")
    vera = Officer(shop.gateway, "vera").enrol()
    made = {
        "over-http": shop.server.post("/v1/audit/exports", json={"format": "csv"}, timeout=300),
        "console": vera.press("/officer/reports", {"report": "accountability", "range": "always"}),
    }
    for name, answer in made.items():
        assert answer.status_code == 200, (name, answer.text)
        zipfile.ZipFile(io.BytesIO(answer.content)).extractall(tmp_path / name)
    (tmp_path / "cli").mkdir()
    ordered = volens(
        "audit", "export", shop.gateway.directory, "--withdrawals", "--out", tmp_path / "cli" / "export"
    )
    assert ordered.returncode == 0, ordered.stderr
    for name in (*made, "cli"):
        checked = volens("audit", "verify", tmp_path / name / "export")
        assert checked.returncode == 0, checked.stdout + checked.stderr
        rights = json.loads((tmp_path / name / "export" / "report.json").read_bytes())["rights"]
        assert rights["wishes"] == {"less_like_this": 3, "reset": 2, "use_again": 1}
        assert rights["by_right"]["all"]["received"] == 6
