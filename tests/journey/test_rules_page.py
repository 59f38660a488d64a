"""docs/rules.md is executed, as it stands."""

from __future__ import annotations

import doctest
import itertools
import re
from pathlib import Path
from typing import Any

import pytest

from tests.gateway_process import Gateways
from tests.journey.shop import Shop

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_the_examples_of_the_page_run_as_printed(gateways: Gateways) -> None:
    shop = Shop(gateways.start())
    numbers = itertools.count()

    def did(who: str, event: str, **properties: Any) -> dict[str, int]:
        said = {"type": "track", "event": event, "userId": who, "messageId": f"page-{next(numbers)}"}
        return dict(shop.batch([{**said, "properties": properties}])["reasons"])

    def consent(who: str, purpose: str, status: str) -> int:
        return shop.ask_consent(who, status, purpose).status_code

    def asked(path: str, member: str, who: str) -> list[str]:
        found = shop.server.post(f"/v1/{path}/query", json={"subject": {"id": who}}).json()[path]
        return [each[member] for each in found]

    names = {
        "shop": shop.server,
        "did": did,
        "consent": consent,
        "offers": lambda who: asked("offers", "offer", who),
        "segments": lambda who: asked("segments", "segment", who),
    }
    report: list[str] = []
    blocks = BLOCK.findall(PAGE.read_text())
    assert len(blocks) >= 6
    for body in blocks:
        example = doctest.DocTestParser().get_doctest(body, names, "rules.md", "rules.md", 0)
        doctest.DocTestRunner().run(example, out=report.append, clear_globs=False)
        names = example.globs
    assert not report, "".join(report)
