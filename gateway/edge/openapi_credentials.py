"""What the OpenAPI document says about who may call: how callers prove who they are, and the scope that each operation asks for.

Source: OpenAPI 3.1, security scheme and security requirement objects; RFC 6749 section 4.4 (client credentials).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from gateway.routes.callers import scopes_of
from gateway.settings.scopes import MEANINGS, SCOPES

ELSEWHERE = {
    "/v1/decide": "decide",
    "/access/v1/evaluation": "decide",
    "/access/v1/evaluations": "decide",
    "/ofrep/v1/evaluate/flags": "decide",
    "/ofrep/v1/evaluate/flags/{key}": "decide",
}
"""Scopes that are not asked for by a dependency of a route; operations that take events ask for theirs."""

SCHEMES = {
    "oauth": {
        "type": "oauth2",
        "description": "A token of `/oauth/token`, or of an outside issuer, with the scope that is named.",
        "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": dict(MEANINGS)}},
    },
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token that is bound to a person, or the key of a source or of an editor.",
    },
    "key": {
        "type": "http",
        "scheme": "basic",
        "description": "The key of a source as user name, no password.",
    },
}


def describe_credentials(routers: Iterable[APIRouter], document: dict[str, Any]) -> None:
    """Add the schemes, and to each operation that asks for a scope which; what stays without is for everybody.

    Args:
        routers: whose routes are described.
        document: has every path already.
    """
    document["paths"]["/log/tile/{path}"]["get"]["security"] = [*_asked({"audit:read"}), {}]  # entries only
    document.setdefault("components", {})["securitySchemes"] = SCHEMES
    for route in (route for router in routers for route in router.routes):
        if isinstance(route, APIRoute) and route.path_format in document["paths"]:
            for method in (route.methods or set()) & {
                name.upper() for name in document["paths"][route.path_format]
            }:
                if scopes := {scope for each in _calls(route.dependant) for scope in scopes_of(each)}:
                    document["paths"][route.path_format][method.lower()]["security"] = _asked(scopes)
    for path, operations in document["paths"].items():
        if path in ELSEWHERE:
            operations["post"]["security"] = _asked({ELSEWHERE[path]})
        elif "events" in operations.get("post", {}).get("tags", ()):
            operations["post"]["security"] = [{"key": []}, *_asked({"events:write"}), {}]


def _asked(scopes: Collection[str]) -> list[dict[str, list[str]]]:
    """Any one of these scopes, or a token that has its rights in itself."""
    return [*({"oauth": [scope]} for scope in sorted(scopes) if scope in SCOPES), {"token": []}]


def _calls(dependant: Dependant) -> Iterator[Any]:
    yield dependant.call
    for each in dependant.dependencies:
        yield from _calls(each)
