"""`volens policy simulate` on a real past, beside the gateway that made it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gateway_process import Gateways, volens
from tests.journey.shop import Shop, item, wait_until

pytestmark = pytest.mark.slow
PEOPLE = ["ada", "bea", "cleo"]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A past: three people give recommendations, one of them advertising; two decisions each; one withdraws, one is erased."""
    gateways = Gateways(tmp_path_factory.mktemp("simulate"))
    try:
        shop = Shop(gateways.start())
        shop.stock()
        for who in PEOPLE:
            shop.consent(who, "given")
            shop.see(who, item(1, 1))
            shop.decide(who)
        shop.consent("ada", "given", "advertising")
        shop.consent("bea", "withdrawn")
        for who in PEOPLE:
            shop.decide(who)
        shop.decide("stranger")
        shop.consent("dora", "given")
        shop.decide("dora")
        shop.erase("dora")
        wait_until(lambda: gauge(shop, "published") == gauge(shop, "size"), "a checkpoint over everything")
        yield shop
    finally:
        gateways.close()


def gauge(shop: Shop, what: str) -> int:
    """How many entries the log has taken, or published."""
    start = f"volens_log_{what}_entries "
    lines = shop.server.get("/metrics").text.splitlines()
    return int(float(next(line.removeprefix(start) for line in lines if line.startswith(start))))


def simulate(shop: Shop, tmp_path: Path, *changes: tuple[str, str], code: int = 0) -> dict[str, Any]:
    text = (shop.gateway.directory / "policy.toml").read_text()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    file = tmp_path / "changed.toml"
    file.write_text(text)
    done = volens("policy", "simulate", file, "--against", shop.gateway.directory, "--json")
    assert done.returncode == code, done.stderr + done.stdout
    for secret in (*PEOPLE, "stranger", "dora"):
        assert secret not in done.stdout + done.stderr
    found = json.loads(done.stdout)
    found["by_id"] = {each["purpose"]: each for each in found["purposes"]}
    return dict(found)


def uses(found: dict[str, Any], purpose: str = "recommendations") -> dict[str, int]:
    return {name: count for name, count in found["by_id"][purpose]["past_uses"].items() if count}


def people(found: dict[str, Any], purpose: str = "recommendations") -> dict[str, Any]:
    return {name: count for name, count in found["by_id"][purpose]["people"].items() if count}


def test_the_policy_in_force_would_have_changed_nothing(shop: Shop, tmp_path: Path) -> None:
    found = simulate(shop, tmp_path)
    assert (found["widens"], found["breaks"], found["changes"]) == (False, False, [])
    assert found["people"] == len(PEOPLE)
    # An event and two decisions each; the one after the withdrawal was refused, and still is.
    assert uses(found) == {"kept": 9}
    assert people(found) == {"permitted_now": 2, "permitted_then": 2}
    assert found["past"]["of_nobody"] >= 2, "the stranger's, and hers who was erased"
    assert found["past"]["uses"] == 9


def test_a_material_version_would_have_taken_every_use_away(shop: Shop, tmp_path: Path) -> None:
    found = simulate(shop, tmp_path, ("version = 1\n", "version = 2\nlast_material_version = 2\n"))
    assert people(found) == {"permitted_now": 2, "lost": 2, "why_lost": {"superseded": 2}}
    assert uses(found) == {"lost": 8, "kept": 1}
    assert people(found, "advertising") == {"permitted_now": 1, "permitted_then": 1}


def test_another_ground_would_take_in_who_did_not_refuse(shop: Shop, tmp_path: Path) -> None:
    change = ('legal_basis = "consent"', 'legal_basis = "legitimate_interests"')
    found = simulate(shop, tmp_path, change, code=1)
    assert found["widens"]
    assert people(found)["permitted_then"] == 2, "whoever withdrew stays out"
    assert people(found)["wider"] == 2


def test_more_fields_are_a_widening_for_whoever_permits_it(shop: Shop, tmp_path: Path) -> None:
    change = ('category = "string:128"', 'category = "string:128"\nprice = "number"')
    found = simulate(shop, tmp_path, change, code=1)
    assert people(found)["wider"] == 2
    assert uses(found) == {"kept": 9}


def test_what_must_not_be_loaded_is_said(shop: Shop, tmp_path: Path) -> None:
    found = simulate(shop, tmp_path, ('code = "rec"', 'code = "rek"'), code=1)
    assert found["breaks"]


def test_it_is_told_in_lines_too_and_a_bad_file_or_directory_in_one(shop: Shop, tmp_path: Path) -> None:
    policy = shop.gateway.directory / "policy.toml"
    done = volens("policy", "simulate", policy, "--against", shop.gateway.directory)
    assert done.returncode == 0, done.stderr
    row = next(line for line in done.stdout.splitlines() if line.strip().startswith("recommendations"))
    assert row.split() == ["recommendations", "2", "2", "0", "0", "0"]
    bad = tmp_path / "bad.toml"
    bad.write_text("format = 9")
    for arguments in (("--against", shop.gateway.directory), ("--against", tmp_path / "nowhere")):
        failed = volens("policy", "simulate", bad if "nowhere" not in str(arguments) else policy, *arguments)
        assert failed.returncode == 1
        assert failed.stderr.startswith("volens: ")
        assert "Traceback" not in failed.stderr


def test_it_changes_nothing_and_stops_nobody(shop: Shop, tmp_path: Path) -> None:
    def files() -> dict[str, bytes]:
        return {
            str(path): path.read_bytes()
            for path in sorted(shop.gateway.directory.rglob("*"))
            if path.is_file() and path.name in ("records.db", "policy.toml", "volens.toml")
        }

    before = files()
    simulate(shop, tmp_path)
    assert files() == before
    assert shop.consent("ada", "given", "advertising")["audit"] is not None


def test_a_directory_that_was_never_served_has_no_past(tmp_path: Path) -> None:
    volens("init", tmp_path / "data")
    policy = tmp_path / "data" / "policy.toml"
    done = volens("policy", "simulate", policy, "--against", tmp_path / "data")
    assert (done.returncode, done.stdout) == (2, "")
    assert "nothing was ever served from this directory" in done.stderr
    assert not (tmp_path / "data" / "records.db").exists()
