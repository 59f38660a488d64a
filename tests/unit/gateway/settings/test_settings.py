"""volens.toml: checked whole, nothing guessed, no value repeated."""

from __future__ import annotations

import re
import traceback
from pathlib import Path

import pytest

from gateway.errors import DirectoryError, DirectoryIncompleteError, SettingsError
from gateway.settings.environment import ENVIRONMENT
from gateway.settings.reading import (
    Settings,
    effective,
    load_settings,
    parse_settings,
    render_reference,
)

LEAST = '[log]\norigin = "example.org/log"\n'
ISSUER = """
[[issuers]]
id = "idp"
issuer = "https://idp.example"
audience = "volens"
jwks_file = "idp.json"
scopes = ["decide"]
"""
CANARY = "canary-7c1e"


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)


def parse(text: str) -> Settings:
    return parse_settings(text, Path("/srv/shop"))


def findings(text: str) -> set[tuple[str, str]]:
    with pytest.raises(SettingsError) as caught:
        parse(text)
    assert CANARY not in "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    return {(finding.where, finding.code) for finding in caught.value.findings}


def test_the_least_file_gives_finite_defaults_and_the_placement_home() -> None:
    settings = parse(LEAST)
    assert settings.limits.max_event_bytes == 32_768
    assert settings.limits.max_batch_bytes == 512_000
    assert settings.limits.max_batch_events == 2500
    assert settings.model.removal_bound_seconds == 60
    assert [place.id for place in settings.placements] == ["home"]
    assert settings.token_issuer == "example.org/log"


def test_keys_lie_beside_the_data_directory_unless_the_file_says_otherwise() -> None:
    assert parse(LEAST).keys_dir == Path("/srv/shop.keys")
    assert parse('keys_dir = "/etc/volens"\n' + LEAST).keys_dir == Path("/etc/volens")


def test_relative_paths_start_at_the_data_directory() -> None:
    settings = parse(LEAST + ISSUER + '[metrics]\ntoken_file = "../token"\n')
    assert settings.issuers[0].jwks_file == Path("/srv/shop/idp.json")
    assert settings.metrics.token_file == Path("/srv/shop/../token")


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError):
        parse(LEAST).limits.max_slate = 5  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("log", "missing")),
        (LEAST + f'surprise = "{CANARY}"\n', ("log.surprise", "extra_forbidden")),
        (f'directory = "{CANARY}"\n' + LEAST, ("directory", "extra_forbidden")),
        (LEAST + '[server]\nport = "8080"\n', ("server.port", "int_type")),
        (LEAST + "[server]\nport = 70000\n", ("server.port", "less_than_equal")),
        (
            LEAST + "[rate_limits]\nrequests_per_second = inf\n",
            ("rate_limits.requests_per_second", "finite_number"),
        ),
        (
            LEAST + "[rate_limits]\nrequests_per_second = nan\n",
            ("rate_limits.requests_per_second", "finite_number"),
        ),
        (LEAST + "[limits]\nmax_slate = true\n", ("limits.max_slate", "int_type")),
        (LEAST + f'[[placements]]\nid = "{CANARY} x"\n', ("placements[0].id", "string_pattern_mismatch")),
        (LEAST + '[cors]\nallowed_origins = ["*"]\n', ("cors.allowed_origins[0]", "origin_not_allowed")),
        (
            LEAST + '[cors]\nallowed_origins = ["https://a.b/"]\n',
            ("cors.allowed_origins[0]", "origin_not_allowed"),
        ),
        (LEAST + '[server]\ntrusted_proxies = ["*"]\n', ("server.trusted_proxies[0]", "address_not_valid")),
        (LEAST + '[cors]\nallowed_origins = ["null"]\n', ("cors.allowed_origins[0]", "origin_not_allowed")),
        (LEAST + ISSUER.replace('"decide"', f'"{CANARY}"'), ("issuers[0].scopes[0]", "literal_error")),
        (LEAST + ISSUER + 'jwks_url = "https://a.b/k"\n', ("issuers[0]", "one_of_jwks_file_jwks_url")),
        (LEAST + ISSUER + ISSUER, ("volens.toml", "id_not_unique")),
        (
            LEAST + ISSUER.replace("https://idp.example", "example.org/log"),
            ("volens.toml", "issuer_not_unique"),
        ),
        ('keys_dir = "/srv/shop/keys"\n' + LEAST, ("volens.toml", "keys_inside_directory")),
        ('keys_dir = "/srv/other/../shop/keys"\n' + LEAST, ("volens.toml", "keys_inside_directory")),
        (LEAST + "[model]\nremoval_bound_seconds = 20\n", ("model", "bound_too_short")),
        (LEAST + '[[placements]]\nid = "a"\nlimit = 101\n', ("placements[0]", "limit_above_max_limit")),
        (LEAST + f'x = "{CANARY}\n', ("volens.toml line 3", "not_toml")),
        (LEAST + f'"{CANARY} \\n\\u001b" = 1\n', ("log.?", "extra_forbidden")),
    ],
)
def test_what_is_wrong_is_named_and_never_shown(text: str, expected: tuple[str, str]) -> None:
    assert expected in findings(text)


@pytest.mark.parametrize(
    "url",
    ["http://idp.example/k", "https://me:secret@idp.example/k", "ftp://idp.example/k", "https:///k", "https://a.b/k#x",
     "https://a.b/a b", "http://127.0.0.1.evil.example/k", "http://evil.example[::1]/k", "https://[::1", "file:///etc/passwd"],
)  # fmt: skip
def test_keys_are_fetched_from_safe_addresses_only(url: str) -> None:
    text = LEAST + ISSUER.replace('jwks_file = "idp.json"', f'jwks_url = "{url}"')
    assert findings(text) == {("issuers[0].jwks_url", "url_not_allowed")}


@pytest.mark.parametrize(
    "url",
    ["https://idp.example/k?v=1", "http://127.0.0.1:9000/k", "http://[::1]:9000/k", "http://localhost/k"],
)
def test_https_and_this_machine_are_safe(url: str) -> None:
    text = LEAST + ISSUER.replace('jwks_file = "idp.json"', f'jwks_url = "{url}"')
    assert parse(text).issuers[0].jwks_url == url


def test_the_environment_may_say_where_secrets_lie_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOLENS_KEYS_DIR", "/run/keys")
    monkeypatch.setenv("VOLENS_CREDENTIALS_FILE", "/run/credentials.json")
    monkeypatch.setenv("VOLENS_METRICS_TOKEN_FILE", "/run/token")
    monkeypatch.setenv("VOLENS_SERVER__PORT", "1")
    monkeypatch.setenv("SERVER", '{"port": 1}')
    monkeypatch.setenv("server", '{"port": 1}')
    settings = parse('keys_dir = "/etc/volens"\n' + LEAST)
    assert settings.keys_dir == Path("/run/keys")
    assert settings.credentials_file == Path("/run/credentials.json")
    assert settings.metrics.token_file == Path("/run/token")
    assert settings.server.port == 8080


def test_every_value_in_force_has_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOLENS_METRICS_TOKEN_FILE", "/run/token")
    shown = {each.name: each for each in effective(parse(LEAST + ISSUER))}
    assert shown["directory"].source == "command line"
    assert (shown["log.origin"].value, shown["log.origin"].source) == ("example.org/log", "volens.toml")
    assert (shown["limits.max_slate"].value, shown["limits.max_slate"].source) == ("100", "default")
    assert shown["keys_dir"].source == "default"
    assert shown["metrics.token_file"].source == "VOLENS_METRICS_TOKEN_FILE"
    assert shown["placements[0].id"].source == "default"
    assert shown["issuers[0].audience"].source == "volens.toml"
    assert shown["issuers[0].cache_seconds"].source == "default"


def test_a_directory_that_is_not_there_or_not_finished_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(DirectoryError) as missing:
        load_settings(tmp_path / "none")
    assert not isinstance(missing.value, DirectoryIncompleteError)
    (tmp_path / ".initialising").touch()
    with pytest.raises(DirectoryIncompleteError):
        load_settings(tmp_path)


@pytest.mark.parametrize(
    ("content", "code"),
    [(None, "missing_or_unreadable"), (b"\xff", "not_utf_8"), (b"#" * (1 << 21), "too_large")],
)
def test_a_file_that_cannot_be_read_is_told_apart(tmp_path: Path, content: bytes | None, code: str) -> None:
    if content is not None:
        (tmp_path / "volens.toml").write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path)
    assert [finding.code for finding in caught.value.findings] == [code]


def test_the_reference_names_every_setting_with_its_meaning() -> None:
    text = render_reference()
    names = {re.sub(r"\[\d+\]", "", each.name).split(".")[-1] for each in effective(parse(LEAST + ISSUER))}
    names -= {"directory", "destinations", "editors", "placements", "surroundings"}
    assert [name for name in names if f"| `{name}` |" not in text] == []
    assert not re.search(r"\|\s*\|$", text, re.MULTILINE), "a setting without a docstring"
