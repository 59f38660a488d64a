"""A policy under which what is stored would mean something else is refused at the start; nothing is lost by trying."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit import LockedError
from gateway.directory.init_directory import initialise
from gateway.directory.policy_file import read_policy, read_policy_in_force
from gateway.errors import PolicyBreaksError
from tests.gateway_process import volens
from tests.journey.in_process import inside
from tests.journey.shop import ITEMS, view

MOVED = ('id = "recommendations"', 'id = "suggestions"')
NEWER = ("version = 1", "version = 2")
OTHER_CODE = ('code = "rec"', 'code = "rex"')


def files(directory: Path) -> dict[Path, bytes]:
    """Everything in a data directory."""
    return {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}


@pytest.mark.parametrize("change", [MOVED, OTHER_CODE])
async def test_it_is_refused_and_the_former_serves_on(tmp_path: Path, change: tuple[str, str]) -> None:
    directory = tmp_path / "volens"
    initialise(directory)
    policy = directory / "policy.toml"
    former = policy.read_text()
    async with inside(directory) as served:
        await served.stock()
        assert (await served.consent("ada", "given")).status_code == 200
        assert (await served.batch([view("ada", ITEMS[0])])).json()["accepted"] == 1
    policy.write_text(former.replace(*change))
    before = files(directory)
    with pytest.raises(PolicyBreaksError):
        async with inside(directory):
            pass
    refused = volens("serve", directory, "--port", "0")
    assert (refused.returncode, "Traceback" in refused.stderr) == (1, False)
    assert "another meaning" in refused.stderr
    assert files(directory) == before
    policy.write_text(former)
    async with inside(directory) as served:
        assert (await served.batch([view("ada", ITEMS[1])])).json()["accepted"] == 1


@pytest.mark.parametrize("obstacle", ["it is served already", "a key is missing"])
async def test_a_start_that_fails_brings_no_policy_into_force(tmp_path: Path, obstacle: str) -> None:
    directory = tmp_path / "volens"
    initialise(directory)
    policy, key = directory / "policy.toml", tmp_path / "volens.keys/log.key"
    former = policy.read_text()
    async with inside(directory):
        in_force = read_policy_in_force(directory).digest
        policy.write_text(former.replace(*NEWER, 1))
        assert read_policy(directory).digest != in_force
        if obstacle == "it is served already":
            with pytest.raises(LockedError):
                async with inside(directory):
                    pass
    if obstacle == "a key is missing":
        aside = key.rename(key.with_name("aside"))
        with pytest.raises(Exception, match="key"):
            async with inside(directory):
                pass
        aside.rename(key)
    assert read_policy_in_force(directory).digest == in_force
    policy.write_text(former)
    async with inside(directory):
        pass
