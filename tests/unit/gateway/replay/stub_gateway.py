"""A gateway of a few lines, on the client's side of the wire: for tests of what talks to one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx

from gateway.callers.credentials import Credentials
from gateway.replay import GatewayClient

KEYS = Credentials(write_key="wk", server_key="sk", client_id="ci", client_secret="cs")


class StubGateway:
    """Takes everything, knows duplicates, withholds the events of who has given no consent."""

    def __init__(self) -> None:
        """Empty."""
        self.requests: list[httpx.Request] = []
        self.items: dict[str, dict[str, Any]] = {}
        self.consents: dict[str, dict[str, str]] = {}
        self.events: dict[str, dict[str, Any]] = {}
        self.tokens = 0
        self.refuse: list[httpx.Response | Exception] = []
        """Answers (or network errors) to give first, before normal service."""
        self.model_versions: list[int] = []
        """Those of the next answers; then one that is newer than everything."""
        self.pauses: list[float] = []
        self.now = 0.0

    def client(self) -> GatewayClient:
        """A client of this gateway whose pauses are recorded and take no time."""
        transport = httpx.MockTransport(self.answer)
        return GatewayClient(
            "http://test", KEYS, transport=transport, sleep=self.pauses.append, clock=lambda: self.now
        )

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Serve one request."""
        self.requests.append(request)
        if self.refuse:
            refusal = self.refuse.pop(0)
            if isinstance(refusal, Exception):
                raise refusal
            return refusal
        routes: dict[str, Callable[[httpx.Request], httpx.Response]] = {
            "/oauth/token": self._token,
            "/v1/batch": self._batch,
            "/v1/items": self._put_items,
            "/v1/consents": self._consent,
            "/v1/decide": self._decide,
            "/v1/releases/who_allows_what/runs": self._publish,
            "/readyz": lambda _: httpx.Response(200),
            "/metrics": lambda _: httpx.Response(200, text="# none"),
        }
        if request.url.path.startswith("/v1/items/"):
            known = request.url.path.removeprefix("/v1/items/") in self.items
            return httpx.Response(200 if known else 404, json={})
        return routes[request.url.path](request)

    def _token(self, _: httpx.Request) -> httpx.Response:
        self.tokens += 1
        return httpx.Response(200, json={"access_token": f"t{self.tokens}", "expires_in": 600})

    def _batch(self, request: httpx.Request) -> httpx.Response:
        reasons: Counter[str] = Counter()
        batch = json.loads(request.content)["batch"]
        for event in batch:
            who = event.get("userId") or event.get("anonymousId")
            if event["messageId"] in self.events:
                reasons["duplicate"] += 1
            elif self.consents.get(who, {}).get("recommendations") != "given":
                reasons["no_consent" if who in self.consents else "no_record"] += 1
            self.events.setdefault(event["messageId"], event)
        withheld = reasons.total()
        answer = {
            "success": True,
            "accepted": len(batch) - withheld,
            "withheld": withheld,
            "reasons": reasons,
        }
        return httpx.Response(200, json=answer)

    def _publish(self, _: httpx.Request) -> httpx.Response:
        said = Counter(
            f"{purpose}: {'allowed' if status == 'given' else 'refused'}"
            for consents in self.consents.values()
            for purpose, status in consents.items()
        )
        said["everybody"] = len(self.consents)
        figures = [
            {"key": key, "value": float(n), "low": n - 9.0, "high": n + 9.0}
            if n > 50
            else {"key": key, "value": None, "low": None, "high": None}
            for key, n in said.items()
        ]
        return httpx.Response(200, json={"status": "published", "publication": {"figures": figures}})

    def _put_items(self, request: httpx.Request) -> httpx.Response:
        items = json.loads(request.content)["items"]
        self.items.update({item["id"]: item for item in items})
        return httpx.Response(200, json={})

    def _consent(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        (who,) = body["subject"].values()
        self.consents.setdefault(who, {})[body["purpose"]] = body["status"]
        return httpx.Response(200, json={"log": "test", "index": 1})

    def _decide(self, request: httpx.Request) -> httpx.Response:
        if not request.headers["authorization"].startswith("Bearer"):
            return httpx.Response(403, json={"code": "forbidden", "message": "no"})
        body = json.loads(request.content)
        (who,) = body["subject"].values()
        status = self.consents.get(who, {}).get("recommendations")
        reason = {None: "no_record", "given": None}.get(status, "refused")
        seen = [
            event["properties"]["product_id"]
            for event in self.events.values()
            if event.get("userId") == who and "product_id" in event.get("properties", {})
        ]
        because = [{"because": seen[-1], "addend": 1024}] if reason is None and seen else []
        ranked = list(self.items) if reason else [item for item in self.items if item not in seen]
        slate = [{"id": item, "score": 9, "reasons": because} for item in ranked[: body["limit"]]]
        return httpx.Response(
            200,
            json={
                "decision_id": "d",
                "personalised": reason is None,
                "purpose": "recommendations",
                "reason": reason,
                "items": slate,
                "model": {
                    "version": self.model_versions.pop(0) if self.model_versions else 4_000_000_000,
                    "scale": 4096,
                },
                "audit": {"log": "test", "index": len(self.requests)},
            },
        )
