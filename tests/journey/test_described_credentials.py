"""The OpenAPI document says who may call what: what it says of an operation is what happens to whoever comes without."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from gateway.settings.scopes import SCOPES
from tests.journey.in_process import Inside, inside

NOBODY = {"authorization": "Bearer nobody"}
SOME_ELSE = {
    "/oauth/token",
    "/metrics",
    "/ops",
    "/ops/insights",
    "/ops/static/{name}",
    "/v1/stream",
    "/ofrep/v1/stream",
}
"""Who asks for credentials of their own kind: a client's secret, the token of the operators, one in the address."""


async def asked_without(served: Inside, path: str, method: str) -> int:
    filled = re.sub(r"\{\w+\}", "none", path)
    answer = await served.http.request(method.upper(), filled, headers=NOBODY, json={})
    return answer.status_code


async def test_what_asks_for_credentials_says_so_and_nothing_else_does(tmp_path: Path) -> None:
    async with inside(tmp_path / "volens") as served:
        document = (await served.http.get("/openapi.json")).json()
        said: dict[tuple[str, str], Any] = {
            (path, method): described.get("security")
            for path, methods in document["paths"].items()
            for method, described in methods.items()
            if path not in SOME_ELSE
        }
        refused = {each for each in said if await asked_without(served, *each) == 401}
    assert len(refused) > 80
    needed = {each for each, security in said.items() if security and {} not in security}
    by_body = {each for each in refused if {"key": []} in (said[each] or ())}
    assert needed - refused == set()
    assert refused - needed == by_body, "events may bring their key with them"
    schemes = document["components"]["securitySchemes"]
    assert set(schemes["oauth"]["flows"]["clientCredentials"]["scopes"]) == set(SCOPES)
    for security in filter(None, said.values()):
        assert {name for each in security for name in each} <= set(schemes)
        assert {scope for each in security for scope in each.get("oauth", ())} <= set(SCOPES)
    assert said["/v1/consents", "put"] == [{"oauth": ["consent:write"]}, {"token": []}]
    assert said["/v1/audit/entries", "get"] == [{"oauth": ["audit:read"]}, {"token": []}]
