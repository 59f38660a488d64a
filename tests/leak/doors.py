"""Every door of the gateway, and which of them were told something recognisable.

The doors of the API are the operations of its own OpenAPI document; those of the portal and of the officers' console are their
routes. Each is told canaries in
its path, query, headers and body: once as its schema wants it, where that does not store what belongs in the catalogue,
and several times wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import httpx

from gateway.officer import application as console_routes
from gateway.portal import application as portal_routes
from tests.gateway_process import Gateway
from tests.journey.officer_visitor import Officer
from tests.journey.portal_visitor import CSRF, Visitor
from tests.journey.shop import ALL_SCOPES
from tests.leak.canaries import search

Door = tuple[str, str]
"""Method and path, as a template."""
Say = Callable[[httpx.Response], None]

ORIGIN = "https://shop.example"
CATALOGUE = "/v1/items"
"""What it is given rightly is kept in the open: it is nobody's."""


class Told:
    """Notes which doors were told a canary."""

    def __init__(self, canaries: Mapping[str, str]) -> None:
        """Know them by `canaries`."""
        self._canaries = canaries
        self._requests: set[tuple[str, str]] = set()

    def note(self, request: httpx.Request) -> None:
        """A request is about to be sent (a hook of httpx)."""
        said = [str(request.url).encode(), request.read(), *(value for _, value in request.headers.raw)]
        if search(b"\n".join(said), self._canaries):
            self._requests.add((request.method, request.url.path))

    def untold(self, doors: list[Door]) -> list[Door]:
        """Those that were told nothing."""
        return [door for door in doors if not any(_leads_to(door, *each) for each in self._requests)]


def _leads_to(door: Door, method: str, path: str) -> bool:
    pattern = re.sub(r"\\{(\w+)\\}", "[^/]+", re.escape(door[1]))
    return door[0] == method and re.fullmatch(pattern, path) is not None


def doors_of(document: Mapping[str, Any]) -> list[Door]:
    """The doors of the API."""
    return [(method.upper(), path) for path, operations in document["paths"].items() for method in operations]


def doors_of_the_portal() -> list[Door]:
    """The doors of the portal."""
    doors = [(method, path) for method, path, _ in (*portal_routes.OUTSIDE, *portal_routes.INSIDE)]
    return [*doors, ("POST", "/portal/handover"), ("GET", "/portal/static/{name}")]


def doors_of_the_console() -> list[Door]:
    """The doors of the officers' console."""
    doors = [(method, path) for method, path, _ in (*console_routes.OUTSIDE, *console_routes.INSIDE)]
    return [*doors, ("GET", "/officer/static/{name}")]


def knock_everywhere(
    gateway: Gateway, document: Mapping[str, Any], c: Mapping[str, str], told: Told
) -> list[httpx.Response]:
    """Tell every door what the canaries are; the answers."""
    server = gateway.client(ALL_SCOPES)
    server.event_hooks["request"].append(told.note)
    answers: list[httpx.Response] = []
    headers = {
        "user-agent": c["agent"].encode(),
        "cookie": c["cookie"].encode(),
        "x-custom": c["header"].encode(),
    }
    for path, operations in document["paths"].items():
        place = re.sub(r"\{\w+\}", quote(c["path"]), path)
        for method, operation in operations.items():
            answers += [
                server.request(method, place, params={"q": c["query"]}, headers=headers, **body)
                for body in _bodies(path, operation, c)
            ]
    speak_rightly(server, c, answers.append)
    return answers


def speak_rightly(server: httpx.Client, c: Mapping[str, str], say: Say) -> None:
    """What no schema alone says rightly: each of these is answered 200."""
    person = {"type": "data_subject", "id": c["user"]}
    question = {
        "subject": {"type": "service", "id": c["agent"], "properties": {c["key"]: c["property"]}},
        "action": {"name": "recommendations", "properties": {"why": c["reason"]}},
        "resource": person,
        "context": {"sec_gpc": "1", c["key"]: c["context"]},
    }
    me, device = {"subject": {"id": c["user"]}}, {"subject": {"anonymous_id": c["anonymous"]}}
    rightly: list[tuple[str, Any]] = [
        ("/access/v1/evaluation", question),
        ("/access/v1/evaluations", {"evaluations": [question, question]}),
        ("/access/v1/search/action", {key: question[key] for key in ("subject", "resource", "context")}),
        ("/access/v1/search/subject", {**question, "subject": {"type": "destination"}}),
        ("/access/v1/search/resource", {**question, "resource": {"type": "data_subject"}}),
        ("/v1/prompts", me),
        ("/v1/banner-tokens", {**device, "origin": ORIGIN}),
        ("/v1/handover-tokens", {**device, "origin": ORIGIN}),
        ("/v1/device-tokens", {"anonymous_id": c["anonymous"]}),
    ]
    for path, body in rightly:
        answer = server.post(path, json=body)
        assert answer.status_code == 200, (path, answer.text)
        say(answer)
    asked = {"x-volens-service": c["agent"].encode(), "x-volens-purpose": b"recommendations"}
    answer = server.get("/ext_authz", headers={**asked, "x-volens-subject": c["user"].encode()})
    assert answer.status_code in {200, 403}, answer.text
    say(answer)


def visit_the_portal(gateway: Gateway, who: str, c: Mapping[str, str], told: Told) -> list[httpx.Response]:
    """Be inside as somebody, ask for every page and send every form, of this session and of none."""
    visitor = Visitor(gateway, **{"x-custom": "x"})
    visitor.http.event_hooks["request"].append(told.note)
    assert visitor.sign_in(who).status_code == 303
    answers: list[httpx.Response] = []
    for method, path in doors_of_the_portal():
        place = re.sub(r"\{\w+\}", quote(c["path"]), path)
        if method == "GET":
            answers.append(visitor.http.get(place, params={"q": c["query"], "lang": c["locale"]}))
            continue
        home = visitor.http.get("/portal")
        csrf = found[1] if (found := CSRF.search(home.text)) else ""
        for token in (csrf, c["password"]):
            form = {"csrf": token, **dict.fromkeys(FIELDS, c["body"])}
            answers.append(visitor.send(place, form))
    return answers


def visit_the_console(gateway: Gateway, c: Mapping[str, str], told: Told) -> list[httpx.Response]:
    """Be inside as an officer, ask for every page and send every form, rightly about somebody and wrongly about anything."""
    officer = Officer(gateway).enrol()
    officer.http.event_hooks["request"].append(told.note)
    rightly = {"id": c["user"], "which": "person", "reason": "audit"}
    answers = [officer.press("/officer/people", rightly)]
    for method, path in sorted(doors_of_the_console(), key=lambda door: door[1] == "/officer/sign-out"):
        place = re.sub(r"\{\w+\}", quote(c["path"]), path)
        if method == "GET":
            answers.append(officer.http.get(place, params={"kind": c["query"], "lang": c["locale"]}))
            continue
        csrf = officer.csrf()
        for token in (c["password"], csrf):
            form = {"csrf": token, **dict.fromkeys(OFFICERS_FIELDS, c["body"])}
            answers.append(officer.send(place, form))
    return answers


OFFICERS_FIELDS = (
    "name",
    "password",
    "code",
    "id",
    "which",
    "reason",
    "case",
    "answer",
    "report",
    "range",
    "why",
    "back",
)
"""Of the console's forms."""

FIELDS = (
    "code",
    "token",
    "notice",
    "choice",
    "language",
    "back",
    "purpose",
    "item",
    "type",
    "request",
    "confirm",
)
"""Of the portal's forms, and some that no form has."""


def _bodies(path: str, operation: Mapping[str, Any], c: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """What to send to an operation: nothing, or its body in several forms."""
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        yield {}
        return
    [(kind, body)] = content.items()
    if "json" not in kind:
        yield {"data": {"grant_type": "client_credentials", "scope": c["body"], c["key"]: c["password"]}}
        return
    made = _made(body["schema"], body["schema"].get("$defs", {}), c)
    if path != CATALOGUE:
        yield {"json": made}
    yield {"json": {**made, c["key"]: c["property"]}}
    yield {"content": c["body"].encode()}
    yield {"content": f'{{"subject": "{c["body"]}"'.encode()}


def _made(schema: Any, known: Mapping[str, Any], c: Mapping[str, str]) -> Any:
    """Something of a schema, with canaries for texts."""
    if "$ref" in schema:
        return _made(known[schema["$ref"].rpartition("/")[2]], known, c)
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return _made(schema[choice][0], known, c)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    kind = schema.get("type", "object")
    kind = kind if isinstance(kind, str) else kind[0]
    if kind == "object":
        properties = schema.get("properties") or {c["key"]: {"type": "string"}}
        left_out = {"anonymous_id"} if "id" in properties else set()
        return {name: _made(each, known, c) for name, each in properties.items() if name not in left_out}
    if kind == "array":
        return [_made(schema.get("items", {"type": "string"}), known, c)]
    return {"string": c["group"], "integer": int(schema.get("minimum", 1)), "number": 1.5, "boolean": False}[
        kind
    ]
