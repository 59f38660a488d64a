"""An older copy of any one store, put back in place, is refused; of everything, found by an anchor that was kept elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.gateway_process import Gateway, Gateways, volens
from tests.journey.shop import Shop, item, view

STORES = ["records.db", "log", "log/wal", "log/tile", "keys/head"]
MADE_AGAIN = [
    "log/checkpoint",
    "snapshot",
    "snapshot/state",
    "keys/snapshot.key",
    "keys/erased",
    "keys/withdrawn",
]
"""What follows from the others: an older copy counts for nothing."""


def live(gateway: Gateway, who: str) -> None:
    gateway.serve()
    shop = Shop(gateway)
    shop.stock()
    shop.consent(who, "given")
    shop.batch([view(who, item(0, 1))])
    shop.consent(f"{who}-not", "given")
    shop.consent(f"{who}-not", "withdrawn")
    shop.consent(f"{who}-gone", "given")
    gone = {"subject": {"id": f"{who}-gone"}, "type": "erasure"}
    assert shop.server.post("/v1/rights", json=gone).status_code == 200
    assert gateway.stop() == 0


def place_of(gateway: Gateway, store: str) -> Path:
    if store.startswith("keys/"):
        return gateway.directory.with_name(gateway.directory.name + ".keys") / store[5:]
    return gateway.directory / store


def put(source: Path, target: Path) -> None:
    if target.is_dir():
        shutil.rmtree(target)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy2(source, target)


@pytest.mark.slow
@pytest.mark.parametrize("store", STORES)
def test_an_older_copy_of_one_store_is_refused(gateways: Gateways, tmp_path: Path, store: str) -> None:
    gateway = gateways.create()
    live(gateway, "ada")
    kept = tmp_path / "kept"
    put(place_of(gateway, store), kept)
    live(gateway, "bea")
    current = tmp_path / "current"
    put(place_of(gateway, store), current)

    put(kept, place_of(gateway, store))
    refused = volens("serve", gateway.directory, "--port", "0")
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert refused.stderr.splitlines()[-1].startswith("volens: ")

    put(current, place_of(gateway, store))
    gateway.serve()
    assert gateway.stop() == 0


@pytest.mark.slow
@pytest.mark.parametrize("store", MADE_AGAIN)
def test_an_older_copy_of_what_follows_from_the_others_changes_nothing(
    gateways: Gateways, tmp_path: Path, store: str
) -> None:
    gateway = gateways.create()
    live(gateway, "ada")
    put(place_of(gateway, store), tmp_path / "kept")
    live(gateway, "bea")
    before = kept_outside(gateway)

    put(tmp_path / "kept", place_of(gateway, store))
    gateway.serve()
    assert kept_outside(gateway) == before
    shop = Shop(gateway)
    for who in ("ada", "bea"):
        for name, expected in ((who, True), (f"{who}-not", False), (f"{who}-gone", False)):
            answer = shop.server.post("/v1/consents/query", json={"subject": {"id": name}}).json()
            found = {each["purpose"]: each["permitted"] for each in answer["purposes"]}
            assert found["recommendations"] is expected, name
    assert gateway.stop() == 0
    verified = volens("audit", "verify", gateway.directory)
    assert verified.returncode == 0, verified.stdout


def kept_outside(gateway: Gateway) -> list[bytes]:
    """The lists of what must not come back."""
    return [place_of(gateway, f"keys/{name}").read_bytes() for name in ("erased", "withdrawn")]


@pytest.mark.slow
def test_an_older_copy_of_everything_is_found_by_the_anchor(gateways: Gateways, tmp_path: Path) -> None:
    gateway = gateways.create()
    keys = gateway.directory.with_name(gateway.directory.name + ".keys")
    live(gateway, "ada")
    put(gateway.directory, tmp_path / "data")
    put(keys, tmp_path / "keys")
    live(gateway, "bea")
    anchor = tmp_path / "anchor"
    shutil.copy2(gateway.directory / "log" / "checkpoint", anchor)
    assert volens("audit", "verify", gateway.directory, "--anchor", anchor).returncode == 0

    put(tmp_path / "data", gateway.directory)
    put(tmp_path / "keys", keys)
    assert volens("audit", "verify", gateway.directory).returncode == 0, "by itself it is whole"
    found = volens("audit", "verify", gateway.directory, "--anchor", anchor)
    assert found.returncode == 1
    assert "rolled_back" in found.stdout
