"""Every request that a document shows is sent as it stands, and is answered as the document says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gateway_process import Gateways
from tests.journey.shop import Shop

ROOT = Path(__file__).parents[2]
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "SECURITY.md"]
BLOCK = re.compile(r"^```http\n(.*?)^```\n(?:\s*^```json\n(.*?)^```\n)?", re.DOTALL | re.MULTILINE)
ELLIPSIS = "..."
"""Stands for any value."""


def pages() -> Iterator[Any]:
    for page in PAGES:
        if shown := [(found[1], found[2]) for found in BLOCK.finditer(page.read_text())]:
            yield pytest.param(shown, id=page.name)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """As the documents assume it: the page and the public name of the shop, and Ada, who said no."""

    def configure(directory: Path) -> None:
        settings = directory / "volens.toml"
        text = settings.read_text().replace(
            "allowed_origins = []", 'allowed_origins = ["https://shop.example"]'
        )
        public = 'public_url = "https://privacy.shop.example"\n'
        settings.write_text(text.replace("[server]\n", f"[server]\n{public}", 1))

    gateways = Gateways(tmp_path_factory.mktemp("documents"))
    try:
        opened = Shop(gateways.start(configure))
        opened.consent("ada", "given")
        opened.consent("ada", "withdrawn")
        yield opened
    finally:
        gateways.close()


@pytest.mark.parametrize("shown", [*pages()])
def test_the_requests_of_a_document_are_answered_one_after_the_other_as_it_says(
    shop: Shop, shown: list[tuple[str, str | None]]
) -> None:
    for request_text, answer_text in shown:
        head, _, body = request_text.partition("\n\n")
        first, *lines = head.splitlines()
        method, path = first.split()
        headers = dict(line.split(": ", 1) for line in lines)
        assert headers.pop("Authorization") == f"Bearer {ELLIPSIS}"
        headers.setdefault("Content-Type", "application/json")
        answer = shop.server.request(method, path, content=body, headers=headers)
        assert answer.status_code == 200, answer.text
        if answer_text is not None:
            assert like(answer.json(), json.loads(answer_text)), answer.text


def like(found: Any, shown: Any) -> bool:
    """Whether an answer has the form that is shown; of a list, the members that are shown are among those that are there."""
    if shown == ELLIPSIS:
        return True
    if isinstance(shown, dict) and isinstance(found, dict):
        return shown.keys() == found.keys() and all(like(found[name], shown[name]) for name in shown)
    if isinstance(shown, list) and isinstance(found, list):
        return all(any(like(there, each) for there in found) for each in shown)
    if isinstance(shown, int) and not isinstance(shown, bool):
        return type(found) is int
    return bool(found == shown)


def test_the_documents_show_requests() -> None:
    assert sum(len(page.values[0]) for page in pages()) >= 5


@pytest.mark.parametrize(
    ("found", "shown"), [({"a": 1}, {"a": 1, "b": 2}), ({"a": "x"}, {"a": "y"}), ([], [1]), (True, 1)]
)
def test_another_form_is_noticed(found: Any, shown: Any) -> None:
    assert not like(found, shown)
