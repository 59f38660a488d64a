"""A small client of the gateway's public HTTP interface: what a replay and the demo need of it, and
nothing private.

- 429 and 503 are waited out as `Retry-After` says (bounded), a lost connection and other 5xx with a
  growing pause.
- Sending the same events again is safe: the gateway knows them by their `messageId`.
- Tokens are fetched when needed and renewed before they expire.
- Several threads may use one client.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx
import msgspec

from gateway.callers.credentials import Credentials
from gateway.replay.errors import SendingError

MAX_ATTEMPTS = 8
"""A request is tried so often."""

MAX_WAIT_SECONDS = 60.0
"""No pause between two attempts is longer."""

SCOPES = "admin consent:read consent:write decide"
"""What the tokens of this client allow."""

_TIMEOUT_SECONDS = 60.0
_RENEW_BEFORE_SECONDS = 60.0
_TOO_MANY_REQUESTS = 429
_UNAUTHORIZED = 401
_NOT_FOUND = 404
_SERVER_FAULTS_FROM = 500
_NEVER_RETRIED = frozenset({501, 505})


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """What the gateway says about a batch."""

    accepted: int
    """Events that were permitted for at least one purpose."""
    withheld: int
    """Events that were not, duplicates and invalid ones among them."""
    reasons: dict[str, int] = field(default_factory=dict)
    """Reason -> count, for the events that were not accepted."""


@dataclass(slots=True)
class _Token:
    text: str = ""
    renew_at: float = 0.0
    """When another is asked for (seconds of the client's clock)."""


class GatewayClient:
    """A client of one gateway, with connections that are kept alive."""

    def __init__(
        self,
        base_url: str,
        credentials: Credentials,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; nothing is sent yet.

        Args:
            base_url: e.g. `http://127.0.0.1:8080`.
            credentials: of `DIR/credentials.json`.
            transport: for tests; None is the network.
            sleep: how to wait between attempts.
            clock: seconds that never step back.
        """
        self._http = httpx.Client(
            base_url=base_url, timeout=_TIMEOUT_SECONDS, transport=transport, trust_env=False
        )
        self._credentials = credentials
        self._sleep = sleep
        self._clock = clock
        self._token = _Token()
        self._renewing = threading.Lock()

    def __enter__(self) -> GatewayClient:
        """Use as a context: the connection is closed at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self._http.close()

    def is_ready(self) -> bool:
        """Whether the gateway says that it takes traffic. One attempt; never raises for an absent gateway."""
        try:
            return self._http.get("/readyz").is_success
        except httpx.TransportError:
            return False

    def send_batch(self, events: Sequence[dict[str, Any]]) -> BatchAnswer:
        """Send events with the server's key.

        Raises:
            SendingError: not taken.
        """
        body = {"batch": events, "sentAt": datetime.now(UTC).isoformat(timespec="milliseconds")}
        answer = self._take("POST", "/v1/batch", body, auth=(self._credentials.server_key, ""))
        return BatchAnswer(
            accepted=int(answer.get("accepted", 0)),
            withheld=int(answer.get("withheld", 0)),
            reasons={str(reason): int(count) for reason, count in answer.get("reasons", {}).items()},
        )

    def put_items(self, items: Sequence[dict[str, Any]]) -> None:
        """Register items, or replace what is known of them.

        Raises:
            SendingError: not taken.
        """
        self._take("PUT", "/v1/items", {"items": items})

    def missing_items(self, ids: Iterable[str]) -> list[str]:
        """Those of the ids that the catalogue does not hold.

        Raises:
            SendingError: the gateway does not answer.
        """
        return [item for item in ids if not self._has_item(item)]

    def put_consent(
        self, subject: dict[str, str], purpose: str, status: str, *, method: str
    ) -> dict[str, Any]:
        """Record what a person said about a purpose, as the app tells it; the answer is the receipt.

        Args:
            subject: `{"id": ...}` or `{"anonymous_id": ...}`.
            purpose: a purpose of the policy.
            status: `given`, `refused` or `withdrawn`.
            method: how it was said, e.g. `preference_centre`.

        Raises:
            SendingError: not taken.
        """
        body = {"subject": subject, "purpose": purpose, "status": status, "method": method, "locale": "en"}
        return self._take("PUT", "/v1/consents", body)

    def decide(self, subject: dict[str, str], placement: str, limit: int) -> dict[str, Any]:
        """Ask for a slate.

        Raises:
            SendingError: no answer.
        """
        return self._take("POST", "/v1/decide", {"subject": subject, "placement": placement, "limit": limit})

    def publish(self, release: str) -> list[dict[str, Any]]:
        """Publish a release of the present window, which takes nothing more from then on; its figures.

        Raises:
            SendingError: no answer, or nothing was published.
        """
        answer = self._take("POST", f"/v1/releases/{quote(release, safe='')}/runs", {"close_now": True})
        if answer.get("publication") is None:
            raise SendingError("the gateway published nothing")
        return list(answer["publication"]["figures"])

    def try_to_decide_as_browser(self, subject: dict[str, str], placement: str) -> int:
        """Ask for a slate with the public write key, as an attacker would; returns the HTTP status."""
        body = {"subject": subject, "placement": placement, "limit": 10}
        return self._http.post("/v1/decide", json=body, auth=(self._credentials.write_key, "")).status_code

    def metrics(self) -> str:
        """The text of `/metrics`.

        Raises:
            SendingError: not given.
        """
        return self._checked(self._attempts("GET", "/metrics", None, {}, None)).text

    def _has_item(self, item: str) -> bool:
        response = self._request("GET", f"/v1/items/{quote(item, safe='')}")
        return response.status_code != _NOT_FOUND and self._checked(response).is_success

    def _take(
        self, method: str, path: str, body: dict[str, Any], auth: tuple[str, str] | None = None
    ) -> dict[str, Any]:
        response = self._checked(self._request(method, path, body, auth))
        try:
            return msgspec.json.decode(response.content, type=dict[str, Any]) if response.content else {}
        except msgspec.DecodeError as exc:
            raise SendingError("the gateway's answer is not a JSON object") from exc

    def _request(
        self, method: str, path: str, body: dict[str, Any] | None = None, auth: tuple[str, str] | None = None
    ) -> httpx.Response:
        """One request, with a token unless other credentials are given; a dead token is renewed once."""
        content = None if body is None else msgspec.json.encode(body)
        if auth is not None:
            return self._attempts(method, path, content, {}, auth)
        response = self._attempts(method, path, content, self._bearer(), None)
        if response.status_code == _UNAUTHORIZED:
            self._token = _Token()
            response = self._attempts(method, path, content, self._bearer(), None)
        return response

    def _bearer(self) -> dict[str, str]:
        with self._renewing:
            if self._clock() >= self._token.renew_at:
                self._token = self._fresh_token()
            return {"authorization": f"Bearer {self._token.text}"}

    def _fresh_token(self) -> _Token:
        form = b"grant_type=client_credentials&scope=" + SCOPES.replace(" ", "+").encode()
        client = (self._credentials.client_id, self._credentials.client_secret)
        headers = {"content-type": "application/x-www-form-urlencoded"}
        answer = self._checked(self._attempts("POST", "/oauth/token", form, headers, client)).json()
        lifetime = float(answer.get("expires_in", 0))
        return _Token(answer["access_token"], self._clock() + max(1.0, lifetime - _RENEW_BEFORE_SECONDS))

    def _attempts(
        self,
        method: str,
        path: str,
        content: bytes | None,
        headers: dict[str, str],
        auth: tuple[str, str] | None,
    ) -> httpx.Response:
        """Send until there is an answer that is not "later", at most `MAX_ATTEMPTS` times."""
        sent = {"content-type": "application/json", **headers} if content is not None else headers
        for attempt in range(1, MAX_ATTEMPTS + 1):
            try:
                response = self._http.request(
                    method, path, content=content, headers=sent, auth=auth or httpx.USE_CLIENT_DEFAULT
                )
            except httpx.TransportError as exc:
                if attempt == MAX_ATTEMPTS:
                    raise SendingError("the gateway does not answer; is it running?") from exc
                self._sleep(_pause(attempt))
                continue
            if not _is_later(response.status_code) or attempt == MAX_ATTEMPTS:
                return response
            self._sleep(_retry_after(response) or _pause(attempt))
        raise AssertionError("unreachable")

    def _checked(self, response: httpx.Response) -> httpx.Response:
        if not response.is_success:
            request = f"{response.request.method} {_without_ids(response.request.url.path)}"
            status = response.status_code
            raise SendingError(f"the gateway answered {status} to {request}", status=status)
        return response


def _is_later(status: int) -> bool:
    return status == _TOO_MANY_REQUESTS or (status >= _SERVER_FAULTS_FROM and status not in _NEVER_RETRIED)


def _retry_after(response: httpx.Response) -> float | None:
    """The seconds in `Retry-After`; None if there is no such header or it holds a date."""
    text = response.headers.get("retry-after", "")
    return min(MAX_WAIT_SECONDS, float(text)) if text.isascii() and text.isdigit() else None


def _pause(attempt: int) -> float:
    return float(min(MAX_WAIT_SECONDS, 0.1 * 2**attempt))


def _without_ids(path: str) -> str:
    return "/v1/items/..." if path.startswith("/v1/items/") else path
