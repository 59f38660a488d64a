"""docs/flags.md is executed as printed, and lists every reason for which a flag is refused."""

from __future__ import annotations

import doctest
import re
from pathlib import Path
from typing import Any

import pytest

from gateway.flags.checking import FlagRule
from tests.gateway_process import Gateways

PAGE = Path(__file__).parents[2] / "docs/flags.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_the_blocks_run_as_printed(gateways: Gateways) -> None:
    gateway = gateways.start()
    names: dict[str, Any] = {key: gateway.credentials[key] for key in ("client_id", "client_secret")}
    report: list[str] = []
    sessions = 0
    for body in BLOCK.findall(PAGE.read_text()):
        code = body.replace("http://127.0.0.1:8080", gateway.url)
        if not code.startswith(">>>"):
            exec(compile(code, PAGE.name, "exec"), names)
            continue
        example = doctest.DocTestParser().get_doctest(code, names, PAGE.name, PAGE.name, 0)
        doctest.DocTestRunner().run(example, out=report.append, clear_globs=False)
        names.update(example.globs)
        sessions += 1
    names["app"].close()
    assert not report, "".join(report)
    assert sessions == 5


def test_every_reason_is_explained() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(), re.MULTILINE)
    assert rows == [rule.value for rule in FlagRule]
