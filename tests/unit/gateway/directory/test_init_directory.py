"""`init`: complete or recognisably not, private, and nothing of before is touched."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

import gateway.directory.init_directory as module
from gateway.callers.credentials import load_credentials
from gateway.directory.init_directory import KEY_FILES, initialise
from gateway.errors import DirectoryError, DirectoryExistsError, DirectoryIncompleteError, GatewayError
from gateway.settings.reading import load_settings
from privacy import load_key_file, load_key_ring

KEYS = {*KEY_FILES, "lookup.key", "log.key", "token.key", "kek-1.key"}


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VOLENS_KEYS_DIR", raising=False)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_fresh_directory_can_be_served_and_nobody_else_can_read_it(tmp_path: Path) -> None:
    directory = tmp_path / "shop"
    old_mask = os.umask(0)
    try:
        initialise(directory)
    finally:
        os.umask(old_mask)
    keys = tmp_path / "shop.keys"
    written = {"volens.toml", "policy.toml", "releases.toml", "credentials.json"}
    assert {path.name for path in directory.iterdir()} == written
    assert {path.name for path in keys.iterdir()} == KEYS
    assert mode(directory) == mode(keys) == 0o700
    assert {mode(path) for path in (*directory.iterdir(), *keys.iterdir())} == {0o600}
    settings = load_settings(directory)
    assert settings.keys_dir == keys
    assert [place.id for place in settings.placements] == ["home"]
    assert set(json.loads((directory / "credentials.json").read_bytes())) == {
        "write_key", "server_key", "client_id", "client_secret",
    }  # fmt: skip
    load_credentials(settings.credentials_file)
    assert load_key_ring(keys).current.epoch == 1


def test_every_key_and_origin_is_another(tmp_path: Path) -> None:
    for name in ("a", "b"):
        initialise(tmp_path / name)
    keys = [load_key_file(tmp_path / f"{name}.keys" / key) for name in ("a", "b") for key in KEYS]
    assert len(set(keys)) == 2 * len(KEYS)
    assert load_settings(tmp_path / "a").log.origin != load_settings(tmp_path / "b").log.origin


def test_the_keys_may_lie_elsewhere_and_the_file_says_so(tmp_path: Path) -> None:
    odd = tmp_path / 'odd "näme"\\'
    initialise(tmp_path / "shop", odd)
    assert load_settings(tmp_path / "shop").keys_dir == odd
    assert {path.name for path in odd.iterdir()} == KEYS


@pytest.mark.parametrize("inside", [".", "keys", "../shop/keys"])
def test_keys_inside_the_data_directory_are_refused(tmp_path: Path, inside: str) -> None:
    with pytest.raises(DirectoryError):
        initialise(tmp_path / "shop", tmp_path / "shop" / inside)
    assert not (tmp_path / "shop").exists()


@pytest.mark.parametrize("taken", ["shop", "shop.keys"])
def test_something_that_is_there_is_not_touched(tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).mkdir()
    (tmp_path / taken / "mine").write_text("precious")
    with pytest.raises(DirectoryExistsError):
        initialise(tmp_path / "shop")
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")] == [taken, f"{taken}/mine"]


def test_a_link_to_somewhere_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "shop").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DirectoryExistsError):
        initialise(tmp_path / "shop")


def test_a_second_init_changes_nothing(tmp_path: Path) -> None:
    initialise(tmp_path / "shop")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(DirectoryExistsError):
        initialise(tmp_path / "shop")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_an_empty_directory_is_taken_and_made_private(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir(mode=0o755)
    initialise(tmp_path / "shop")
    assert mode(tmp_path / "shop") == 0o700


class CrashError(Exception):
    """The machine stops here."""


def test_a_crash_at_any_step_is_told_apart_from_a_finished_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = ("_make", "create_file", "sync_directory", "create_key_file", "default_policy_text")
    real = {name: getattr(module, name) for name in steps}
    crashed = 0
    for survive in range(100):
        directory = tmp_path / str(survive) / "shop"
        left = iter(range(survive))

        def step(name: str, *args: object, left: object = left) -> object:
            if next(left, None) is None:  # type: ignore[call-overload]
                raise CrashError
            return real[name](*args)

        with monkeypatch.context() as patch:
            for name in steps:
                patch.setattr(module, name, lambda *args, _name=name, _step=step: _step(_name, *args))
            try:
                initialise(directory)
            except CrashError:
                crashed += 1
            else:
                break
        finished = (directory / "volens.toml").exists() and not (directory / ".initialising").exists()
        if finished:
            load_settings(directory)
            continue
        with pytest.raises(GatewayError):
            load_settings(directory)
        if directory.exists() and any(directory.iterdir()):
            with pytest.raises(DirectoryIncompleteError):
                initialise(directory)
        else:
            initialise(directory)
    assert 10 < crashed < 100


def test_a_place_that_cannot_be_written_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DirectoryError):
        initialise(tmp_path / "file" / "shop")


def test_inside_a_data_directory_there_is_no_other_and_there_are_no_keys(tmp_path: Path) -> None:
    initialise(tmp_path / "shop")
    before = sorted((tmp_path / "shop").iterdir())
    for directory, keys in (("shop/sub", None), ("shop/a/b", None), ("other", tmp_path / "shop" / "keys")):
        with pytest.raises(DirectoryError, match="inside another data directory"):
            initialise(tmp_path / directory, keys)
    assert sorted((tmp_path / "shop").iterdir()) == before
    assert not (tmp_path / "other").exists()
