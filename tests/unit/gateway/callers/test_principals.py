"""Who is calling: keys and remembered tokens."""

from __future__ import annotations

from base64 import b64encode

import pytest

from gateway.callers.credentials import Credentials
from gateway.callers.principals import Authenticator, Principal, find_authorization
from gateway.errors import CredentialsInvalidError, ScopeMissingError
from gateway.settings.scopes import SCOPES
from privacy import SubjectRef

CREDENTIALS = Credentials(
    write_key="wk_0123456789abcdef",
    server_key="sk_0123456789abcdef",
    client_id="client_0123456789",
    client_secret="cs_0123456789abcdef",
)
NOW = 1_800_000_000


class FakeTokens:
    """Verifies `good-<n>` until it is told not to; knows the keys of `far` only after fetching."""

    def __init__(self) -> None:
        self.verified = 0
        self.closed = False

    def verify_known(self, token: bytes, *, now: int) -> Principal | None:
        self.verified += 1
        if token == b"far":
            return None
        if self.closed or not token.startswith(b"good"):
            raise CredentialsInvalidError
        return Principal("client:x", "token", frozenset({"decide"}), None, NOW + 100)

    async def verify(self, token: bytes, *, now: int) -> Principal:
        if token != b"far":
            raise CredentialsInvalidError
        return Principal("issuer:idp", "token", frozenset({"decide"}), None, NOW + 100)


@pytest.fixture
def tokens() -> FakeTokens:
    return FakeTokens()


@pytest.fixture
def authenticator(tokens: FakeTokens) -> Authenticator:
    return Authenticator(CREDENTIALS, tokens, max_remembered_tokens=3)


def basic(text: str) -> bytes:
    return b"Basic " + b64encode(text.encode())


def test_the_two_keys_are_told_apart_and_neither_may_read_or_grant(authenticator: Authenticator) -> None:
    browser = authenticator.recognise(basic(CREDENTIALS.write_key + ":"), now=NOW)
    server = authenticator.recognise(basic(CREDENTIALS.server_key + ":"), now=NOW)
    assert browser is not None
    assert server is not None
    assert (browser.kind, server.kind) == ("browser", "server")
    assert browser.scopes == server.scopes == {"events:write"}
    assert server.confirms_ids
    assert not browser.confirms_ids
    assert browser.source_id != server.source_id


def test_a_key_in_a_body_is_the_same_caller(authenticator: Authenticator) -> None:
    found = authenticator.authenticate_key(CREDENTIALS.write_key)
    assert found == authenticator.recognise(basic(CREDENTIALS.write_key + ":"), now=NOW)
    assert authenticator.authenticate_key("\ud800") is None
    assert authenticator.authenticate_key("k" * 10_000) is None
    assert authenticator.authenticate_key("") is None


@pytest.mark.parametrize(
    "header",
    [b"", b"Basic", b"Basic ", b"Basic !!!", basic(""), basic(":"), basic("nobody:"), basic(":" + CREDENTIALS.server_key),
     basic(CREDENTIALS.server_key + ":x"), basic(CREDENTIALS.client_id + ":" + CREDENTIALS.client_secret),
     basic(CREDENTIALS.client_secret + ":"), b"Digest x", b"Bearer", b"Bearer  ", b"Bearer bad", b"\xff\xff \xff",
     b"Bearer " + b"x" * 9000],
)  # fmt: skip
def test_what_does_not_hold_is_refused_and_not_repeated(authenticator: Authenticator, header: bytes) -> None:
    with pytest.raises(CredentialsInvalidError) as caught:
        authenticator.recognise(header, now=NOW)
    assert str(caught.value) == ""


async def test_no_header_is_nobody(authenticator: Authenticator) -> None:
    assert authenticator.recognise(None, now=NOW) is None
    with pytest.raises(CredentialsInvalidError):
        await authenticator.authenticate(None, now=NOW)


def test_the_scheme_is_case_insensitive(authenticator: Authenticator) -> None:
    header = basic(CREDENTIALS.server_key + ":").replace(b"Basic", b"bASIC")
    assert authenticator.recognise(header, now=NOW) is not None
    assert authenticator.recognise(b"BEARER good", now=NOW) is not None


def test_a_token_is_verified_once_and_its_expiry_every_time(
    authenticator: Authenticator, tokens: FakeTokens
) -> None:
    for now in (NOW, NOW + 1, NOW + 99):
        assert authenticator.recognise(b"Bearer good", now=now) is not None
    assert tokens.verified == 1
    tokens.closed = True
    with pytest.raises(CredentialsInvalidError):
        authenticator.recognise(b"Bearer good", now=NOW + 100)
    assert tokens.verified == 2


def test_the_memory_of_tokens_is_bounded(authenticator: Authenticator, tokens: FakeTokens) -> None:
    for n in range(50):
        authenticator.recognise(b"Bearer good-%d" % n, now=NOW)
    assert len(authenticator._remembered) == 3
    authenticator.recognise(b"Bearer good-49", now=NOW)
    assert tokens.verified == 50


async def test_a_token_whose_keys_must_be_fetched_is_left_to_the_slow_way_once(
    authenticator: Authenticator,
) -> None:
    assert authenticator.recognise(b"Bearer far", now=NOW) is None
    assert (await authenticator.authenticate(b"Bearer far", now=NOW)).source_id == "issuer:idp"
    assert authenticator.recognise(b"Bearer far", now=NOW) is not None


def test_two_authorizations_are_none() -> None:
    assert find_authorization([(b"host", b"x")]) is None
    assert find_authorization([(b"authorization", b"Bearer x")]) == b"Bearer x"
    for headers in ([(b"authorization", b"a")] * 2, [(b"authorization", b"a" * 9000)]):
        with pytest.raises(CredentialsInvalidError):
            find_authorization(headers)


def test_a_person_never_confirms_an_id_even_with_every_scope() -> None:
    person = Principal("device", "person", frozenset(SCOPES), SubjectRef(bytes(16)), NOW)
    assert not person.confirms_ids
    assert Principal("client:x", "token", frozenset(), None, NOW).confirms_ids


def test_a_scope_that_is_missing_is_an_error() -> None:
    principal = Principal("client:x", "token", frozenset({"decide"}), None, NOW)
    principal.require("decide")
    assert not principal.allows("admin")
    with pytest.raises(ScopeMissingError):
        principal.require("admin")
