"""`/docs` shows every path and needs nobody else for it: what it loaded from elsewhere could act in the portal and in the console."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.ops.interface import make_interface
from gateway.routes import interface
from tests.journey.in_process import inside

FROM_ELSEWHERE = re.compile(r"""(?:src|href)=["']?(?:https?:)?//""")


async def test_each_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []

    def make(document: Any, **_: Any) -> str:
        made.append(document)
        return "an answer"

    monkeypatch.setattr(interface, "make_interface", make)
    monkeypatch.setattr(interface, "json", SimpleNamespace(dumps=make))
    async with inside(tmp_path / "volens") as served:
        for path in ("/docs", "/openapi.json"):
            assert {(await served.http.get(path)).text for _ in range(3)} == {"an answer"}
    assert len(made) == 2, "whoever asks for it again and again would hold up everybody else"


async def test_every_path_is_shown_and_nothing_comes_from_elsewhere(tmp_path: Path) -> None:
    async with inside(tmp_path / "volens") as served:
        page = await served.http.get("/docs")
        document = (await served.http.get("/openapi.json")).json()
        assert (await served.http.get("/docs/oauth2-redirect")).status_code == 404
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "<script" not in page.text
    assert not FROM_ELSEWHERE.search(page.text)
    said = page.headers["content-security-policy"]
    assert said.startswith("default-src 'none'; style-src 'sha256-")
    assert "script-src 'none'" in said
    assert len(document["paths"]) > 100
    assert [path for path in document["paths"] if f"<code>{path}</code>" not in page.text] == []


def test_what_a_description_says_is_text() -> None:
    answer = {
        "get": {"tags": ["a"], "summary": "<script>", "responses": {"200": {"description": "</pre><b>"}}}
    }
    page = make_interface({"info": {"title": "<i>", "version": "1"}, "paths": {"/<u>": answer}})
    for raw in ("<script>", "<b>", "<i>", "<u>"):
        assert raw not in page
