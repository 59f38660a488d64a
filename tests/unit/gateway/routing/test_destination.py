"""The rules a destination's configuration must keep."""

from __future__ import annotations

from pathlib import Path

import pytest

from consent import PolicyError, parse_policy
from gateway.routing import Destination, DestinationConfigError, Kind, RetryPolicy, check_destinations
from tests.unit.consent.material import policy_text, purpose_text
from tests.unit.gateway.routing.fakes import PURPOSE, a_destination

CANARY = "canary-7f3a"


@pytest.mark.parametrize(
    "url",
    [
        f"https://{CANARY}:secret@receiver.example/x",
        f"https://receiver.example/x?token={CANARY}",
        "https://receiver.example/x?",
        f"https://receiver.example/x#{CANARY}",
        "http://receiver.example/x",
        "http://10.0.0.8/x",
        "http://localhost.evil.example/x",
        "http://127.0.0.1.evil.example/x",
        "http://evil.example[::1]/x",
        "ftp://receiver.example/x",
        "file:///etc/passwd",
        "receiver.example/x",
        "https://",
        "https://receiver.example:99999/x",
        "https://receiver.example/a b",
        "https://receiver.example/\r\nx",
        "https://réceiver.example/x",
        "https://[::1/x",
        None,
    ],
)
def test_a_url_that_could_leak_or_lead_elsewhere_is_refused(url: str | None) -> None:
    with pytest.raises(DestinationConfigError) as caught:
        a_destination(url=url)
    assert caught.value.field == "url"
    assert "destinations, url: must " in str(caught.value)
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"url": None}, "url: must be given for HTTP kinds"),
        ({"url": "https://receiver.example/x?a"}, "url: must have no query and no fragment"),
        ({"url": "https://a:b@receiver.example/x"}, "url: must have no user and no password"),
        ({"path": Path("/somewhere")}, "path: must not be given but for file kinds"),
        ({"timeout_seconds": 0.0}, "timeout_seconds: must be more than 0 to 3600"),
    ],
)
def test_what_is_wrong_is_said_as_a_sentence(changes: dict[str, object], rule: str) -> None:
    with pytest.raises(DestinationConfigError) as caught:
        a_destination(**changes)
    assert str(caught.value) == f"volens.toml destinations, {rule}"


@pytest.mark.parametrize(
    "url",
    [
        "https://receiver.example/x",
        "https://receiver.example:8443",
        "http://127.0.0.1:9/x",
        "http://[::1]:9/",
        "http://localhost:1/",
    ],
)
def test_https_and_loopback_are_taken(url: str) -> None:
    assert a_destination(url=url).url == url


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("id", {"id": "../up"}),
        ("id", {"id": "Shop"}),
        ("id", {"id": ""}),
        ("id", {"id": "shop\n"}),
        ("purpose", {"purpose": "a/b"}),
        ("batch_size", {"batch_size": 0}),
        ("batch_size", {"batch_size": 10**9}),
        ("max_batch_bytes", {"max_batch_bytes": 10}),
        ("max_dead_letters", {"max_dead_letters": 0}),
        ("timeout_seconds", {"timeout_seconds": 0.0}),
        ("timeout_seconds", {"timeout_seconds": float("inf")}),
        ("timeout_seconds", {"timeout_seconds": float("nan")}),
        ("linger_seconds", {"linger_seconds": -1.0}),
        ("retry.max_attempts", {"retry": RetryPolicy(max_attempts=0)}),
        ("retry.cap_seconds", {"retry": RetryPolicy(cap_seconds=float("inf"))}),
        ("retry.first_seconds", {"retry": RetryPolicy(first_seconds=0.0)}),
        ("retry.retry_after_cap_seconds", {"retry": RetryPolicy(retry_after_cap_seconds=-1.0)}),
        ("path", {"path": Path("/somewhere")}),
        ("path", {"kind": Kind.NDJSON, "url": None}),
        ("url", {"kind": Kind.PARQUET, "path": Path("/somewhere")}),
        ("secret_file", {"kind": Kind.SEGMENT_HTTP}),
        (
            "max_batch_bytes",
            {"kind": Kind.SEGMENT_HTTP, "secret_file": Path("/k"), "max_batch_bytes": 1_000_000},
        ),
    ],
)
def test_every_limit_is_finite_and_every_kind_has_what_it_needs(
    field: str, changes: dict[str, object]
) -> None:
    with pytest.raises(DestinationConfigError) as caught:
        a_destination(**changes)
    assert caught.value.field == field
    assert caught.value.rule.startswith("must ")


def test_a_destination_that_the_notice_does_not_name_is_refused() -> None:
    check_destinations([a_destination()], {PURPOSE: ["shop"]})
    with pytest.raises(DestinationConfigError):
        check_destinations([a_destination()], {PURPOSE: ["other"]})
    with pytest.raises(DestinationConfigError):
        check_destinations([a_destination()], {"analytics": ["shop"]})


def test_two_destinations_share_neither_id_nor_directory(tmp_path: Path) -> None:
    first = a_destination(id="a", kind=Kind.NDJSON, url=None, path=tmp_path)
    second = a_destination(id="b", kind=Kind.NDJSON, url=None, path=tmp_path / "x" / "..")
    named = {PURPOSE: ["a", "b"]}
    with pytest.raises(DestinationConfigError) as caught:
        check_destinations([first, second], named)
    assert caught.value.field == "path"
    with pytest.raises(DestinationConfigError) as caught:
        check_destinations([first, first], named)
    assert caught.value.field == "id"


@pytest.mark.parametrize("name", ["crm", "crm_eu", "2nd-lake", "a--b", "x-", "0" * 63])
def test_a_policy_can_name_whatever_a_destination_may_be_called(name: str) -> None:
    policy = parse_policy(policy_text(purpose_text("shop", "shp", destinations=f'["{name}"]')))
    assert policy.purposes[0].destinations == (name,)
    assert (
        Destination(id=name, kind=Kind.NDJSON, purpose="shop", purpose_version=1, path=Path("/x")).id == name
    )


@pytest.mark.parametrize("name", ["", "-x", "Crm", "a b", "a.b", "0" * 64, "ä"])
def test_and_nothing_else(name: str) -> None:
    with pytest.raises(PolicyError):
        parse_policy(policy_text(purpose_text("shop", "shp", destinations=f'["{name}"]')))
