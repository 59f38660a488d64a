"""The oracle itself: independent of what it judges, and right about the plain cases."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from tests.oracle import permitted
from tests.oracle.permitted import Oracle

PRODUCT = {"gateway", "federated", "consent", "scoring", "privacy", "audit"}
POLICY = """
[[purposes]]
id = "rec"
gpc_sensitive = false
mappings = { segment = ["P"], rudder = ["P"] }
fields = { "Viewed" = { product = "id", place = "place zone if location" }, "Page" = {} }
[[purposes]]
id = "adv"
gpc_sensitive = true
mappings = { segment = ["A", "P"] }
fields = { "Viewed" = { category = "string" } }
[[purposes]]
id = "sta"
gpc_sensitive = false
fields = { "Viewed" = {} }
"""
GRANTS = {("id", "ada"): {"rec", "adv", "sta"}, ("anonymous_id", "x"): {"rec", "location"}}
VIEW = {"type": "track", "event": "Viewed", "userId": "ada"}


@pytest.fixture
def oracle(tmp_path: Path) -> Oracle:
    (tmp_path / "policy.toml").write_text(POLICY)
    return Oracle(tmp_path / "policy.toml", GRANTS)


def consent(**said: Any) -> dict[str, Any]:
    return {**VIEW, "context": {"consent": {"categoryPreferences": said}}}


@pytest.mark.parametrize(
    ("call", "confirmed", "gpc", "expected"),
    [
        (VIEW, True, False, {"rec", "adv", "sta"}),
        (VIEW, False, False, set()),
        (VIEW, True, True, {"rec", "sta"}),
        ({**VIEW, "anonymousId": "x"}, False, False, {"rec"}),
        ({**VIEW, "userId": "nobody"}, True, False, set()),
        ({**VIEW, "event": "Unknown"}, True, False, set()),
        ({"type": "page", "userId": "ada"}, True, False, {"rec"}),
        ({**VIEW, "context": {"userAgent": "a bot"}}, True, False, set()),
        (consent(P=True, A=True), True, False, {"rec", "adv", "sta"}),
        (consent(P=True), True, False, {"rec", "sta"}),
        (consent(P=False, A=True), True, False, {"sta"}),
        (consent(P="yes"), True, False, set()),
        ({**VIEW, "context": {"consentManagement": {"allowedConsentIds": [], "deniedConsentIds": []}}}, True, False, {"adv", "sta"}),
    ],
)  # fmt: skip
def test_the_plain_cases(oracle: Oracle, call: Any, confirmed: bool, gpc: bool, expected: set[str]) -> None:
    assert oracle.purposes(call, confirmed=confirmed, gpc=gpc) == expected


def test_a_field_under_a_condition_needs_the_condition(oracle: Oracle) -> None:
    assert oracle.fields("rec", "Viewed", {"rec"}) == {"product"}
    assert oracle.fields("rec", "Viewed", {"rec", "location"}) == {"product", "place"}


def test_the_oracle_shares_no_code_with_what_it_judges() -> None:
    tree = ast.parse(Path(permitted.__file__).read_text())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported.isdisjoint(PRODUCT)
    assert {name.split(".")[0] for name in imported} <= {
        "__future__",
        "collections",
        "pathlib",
        "tomllib",
        "typing",
    }
