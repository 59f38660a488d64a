"""`POST /v1/audit/exports`: an officer's archive, checked by the same command as any other export."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.gateway_process import Gateways, volens
from tests.journey.shop import Shop, item, view

pytestmark = pytest.mark.slow


@pytest.fixture
def shop(gateways: Gateways) -> Shop:
    shop = Shop(gateways.start())
    shop.stock()
    shop.consent("ada", "given")
    shop.batch([view("ada", item(1, n)) for n in range(20)])
    return shop


def test_an_archive_can_be_checked_and_stands_in_the_log(shop: Shop, tmp_path: Path) -> None:
    officer = shop.gateway.client("audit:read")
    asked = {"from": "2020-01-01", "purposes": ["recommendations"], "kinds": ["event"], "format": "jsonl"}
    answer = officer.post("/v1/audit/exports", json=asked, timeout=300)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "private, no-store"
    zipfile.ZipFile(io.BytesIO(answer.content)).extractall(tmp_path)
    done = volens(
        "audit", "verify", tmp_path / "export", "--key", shop.gateway.directory / "log" / "log.vkey"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "rows     20 selected" in done.stdout
    assert (tmp_path / "export" / "report.html").exists()


def test_what_cannot_be_exported_is_a_typed_problem_that_echoes_nothing(shop: Shop) -> None:
    officer = shop.gateway.client("audit:read")
    wrong: list[tuple[dict[str, Any], int]] = [
        ({"from": "yesterday"}, 422),
        ({"from": "2026-02-02", "to": "2026-01-01"}, 422),
        ({"kinds": ["=cmd|' /C calc'!A0"]}, 422),
        ({"purposes": ["<script>\U0001f4a9"]}, 422),
        ({"purposes": ["zzz"]}, 422),
        ({"format": "xlsx"}, 422),
        ({"limit": "a canary"}, 422),
        ({"from": "2090-01-01"}, 404),
    ]
    for body, status in wrong:
        answer = officer.post("/v1/audit/exports", json=body, timeout=300)
        assert answer.status_code == status, (body, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        assert not any(str(value) in answer.text for value in body.values())
    for scope in ("admin", "decide"):
        assert shop.gateway.client(scope).post("/v1/audit/exports", json={}).status_code == 403
