"""`POST /oauth/token`: client credentials in, a client token out. Authlib judges; this file only carries bytes.

- The only grant is client credentials; the secret comes by Basic or in the form, never both.
- The parameters are a form; an object of texts in JSON, which many clients send, says the same.
- Without a `scope` the client gets everything it is registered for; an unknown scope is refused, not dropped.
- Errors have OAuth's own form (a foreign protocol), with fixed texts: what was sent is never repeated.
- TLS ends in front of the gateway, so Authlib is told that the transport is secure.

Source: RFC 6749, sections 2.3.1, 4.4 and 5.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from authlib.oauth2.rfc6749 import (  # type: ignore[import-untyped]
    AuthorizationServer,
    ClientMixin,
    OAuth2Error,
    OAuth2Request,
)
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload  # type: ignore[import-untyped]

from gateway.callers.credentials import Credentials
from gateway.callers.principals import Headers
from gateway.callers.tokens import OwnTokens
from gateway.errors import BodyInvalidError
from gateway.settings.scopes import SCOPES
from gateway.wire.json_bodies import loads_strict

MAX_FORM_BYTES = 16_384
_MAX_FIELDS = 32
_URI = "https://gateway.internal/oauth/token"
_METHODS = ("client_secret_basic", "client_secret_post")

DESCRIPTIONS = {
    "invalid_request": "The request is malformed, lacks or repeats a parameter, or uses two ways to authenticate."
    " Send grant_type=client_credentials as a form.",
    "invalid_client": "Client authentication failed.",
    "invalid_grant": "The grant is invalid.",
    "unauthorized_client": "The client may not use this grant.",
    "unsupported_grant_type": "The only grant here is client_credentials.",
    "invalid_scope": "A scope asked for does not exist, or not for this client.",
}
"""What the token endpoint says with each of its errors (RFC 6749, section 5.2)."""


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """What to send back."""

    status: int
    """The HTTP status of the answer."""
    headers: list[tuple[bytes, bytes]]
    """Header lines, names in lower case; `content-length` is the server's."""
    body: bytes
    """The answer as JSON."""


class TokenEndpoint:
    """Answers token requests."""

    def __init__(self, credentials: Credentials, tokens: OwnTokens, clock: Callable[[], int]) -> None:
        """Serve the one client of `credentials`; `clock` tells unix seconds."""
        self._server = _Server(_Client(credentials.client_id, credentials.client_secret), tokens, clock)

    def respond(self, headers: Headers, body: bytes) -> TokenAnswer:
        """Answer a request. Synchronous, and no I/O."""
        try:
            form = _read_form(body)
            authorization = _authorization(headers)
        except ValueError:
            return _refusal("invalid_request")
        if "grant_type" not in form or (authorization is not None and "client_secret" in form):
            return _refusal("invalid_request")
        request = _Request(form, authorization)
        try:
            answer = self._server.create_token_response(request)
        except UnicodeDecodeError:
            # Authlib decodes Basic as UTF-8 without a guard.
            return _refusal("invalid_client")
        assert isinstance(answer, TokenAnswer)
        return answer


class _Client(ClientMixin):  # type: ignore[misc]
    """The client of `credentials.json`, in Authlib's words."""

    def __init__(self, client_id: str, client_secret: str) -> None:
        self.client_id = client_id
        self._secret = _digest(client_secret)

    def __repr__(self) -> str:
        return "_Client()"

    def get_client_id(self) -> str:
        return self.client_id

    def check_client_secret(self, client_secret: str) -> bool:
        return hmac.compare_digest(self._secret, _digest(client_secret))

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return endpoint == "token" and method in _METHODS

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "client_credentials"

    def get_allowed_scope(self, scope: str | None) -> str:
        asked = set(SCOPES) if not scope else set(scope.split())
        return " ".join(each for each in SCOPES if each in asked)


class _Request(OAuth2Request):  # type: ignore[misc]
    """A request in Authlib's words."""

    def __init__(self, form: dict[str, str], authorization: str | None) -> None:
        super().__init__(
            "POST", _URI, headers={} if authorization is None else {"Authorization": authorization}
        )
        self.payload = BasicOAuth2Payload(form)

    @property
    def form(self) -> dict[str, str]:
        form: dict[str, str] = self.payload.data
        return form


class _Grant(ClientCredentialsGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar[list[str]] = list(_METHODS)


class _Server(AuthorizationServer):  # type: ignore[misc]
    """Authlib's server (and its signatures) with our client, our tokens and our way of answering."""

    def __init__(self, client: _Client, tokens: OwnTokens, clock: Callable[[], int]) -> None:
        super().__init__(scopes_supported=list(SCOPES))
        self._client = client
        self._tokens = tokens
        self._clock = clock
        self.register_grant(_Grant)

    def query_client(self, client_id: str) -> _Client | None:
        known = hmac.compare_digest(_digest(client_id), _digest(self._client.client_id))
        return self._client if known else None

    def generate_token(self, *, client: _Client, **asked: Any) -> dict[str, Any]:
        scope = client.get_allowed_scope(asked.get("scope"))
        token = self._tokens.issue_client_token(client.client_id, scope.split(), now=self._clock())
        life = self._tokens.lifetime_seconds
        return {"access_token": token, "token_type": "Bearer", "expires_in": life, "scope": scope}

    def save_token(self, token: dict[str, Any], request: _Request) -> None:
        """Tokens are not stored: a signature and an expiry are all there is to them."""

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Do nothing: nobody listens for the library's signals."""

    def create_oauth2_request(self, request: _Request) -> _Request:
        return request

    def handle_response(self, status: int, body: dict[str, Any], headers: Any) -> TokenAnswer:  # noqa: ARG002
        return _answer(status, body)

    def handle_error_response(self, request: _Request, error: OAuth2Error) -> TokenAnswer:  # noqa: ARG002
        return _refusal(error.error)


def _refusal(code: str | None) -> TokenAnswer:
    """An error of RFC 6749, section 5.2."""
    if code not in DESCRIPTIONS:
        code = "invalid_request"
    body = {"error": code, "error_description": DESCRIPTIONS[code]}
    if code == "invalid_client":
        return _answer(401, body, (b"www-authenticate", b'Basic realm="volens"'))
    return _answer(400, body)


def _answer(status: int, body: dict[str, Any], *more: tuple[bytes, bytes]) -> TokenAnswer:
    headers = [
        (b"content-type", b"application/json"),
        (b"cache-control", b"no-store"),
        (b"pragma", b"no-cache"),
        *more,
    ]
    return TokenAnswer(status, headers, json.dumps(body).encode())


def _read_form(body: bytes) -> dict[str, str]:
    """The parameters; each once. Raises ValueError."""
    if len(body) > MAX_FORM_BYTES:
        raise ValueError("too long")
    text = body.decode("utf-8")
    if text.lstrip()[:1] == "{":
        return _read_object(body)
    pairs = parse_qsl(text, max_num_fields=_MAX_FIELDS, errors="strict")
    form = dict(pairs)
    if len(form) != len(pairs):
        raise ValueError("a repeated parameter")
    return form


def _read_object(body: bytes) -> dict[str, str]:
    """The parameters as an object of JSON; each once, and a text. Raises ValueError."""
    try:
        found = loads_strict(body, max_depth=1)
    except BodyInvalidError:
        raise ValueError("no object") from None
    if len(found) > _MAX_FIELDS or not all(isinstance(value, str) for value in found.values()):
        raise ValueError("not texts")
    return {name: value for name, value in found.items() if value}


def _authorization(headers: Headers) -> str | None:
    found = [value for name, value in headers if name == b"authorization"]
    if len(found) > 1:
        raise ValueError("two authorizations")
    return found[0].decode("ascii") if found else None


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
