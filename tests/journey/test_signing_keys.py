"""What somebody kept stays good when the gateway signs with other keys, however often, and whenever the change was interrupted."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from audit import Kind, decode_entry
from gateway.cli import main
from gateway.errors import DirectoryError
from gateway.receipt_check.verifier import verify
from gateway.rights.certificate_check import CertificateError, verify_certificate
from gateway.signing_keys import renewal
from gateway.signing_keys.retired import FILE, read_retired, retire
from tests.journey.in_process import Inside, inside
from tests.journey.test_erasure_certificate import fetch
from tests.journey.test_rights import ask


async def keep(served: Inside, who: str) -> dict[str, bytes]:
    """What a person has in their hands who agreed, took the receipt, and was erased; and the keys of that day."""
    written = (await served.consent(who, "given")).json()
    receipt = (await served.http.get(f"/v1/receipts/{written['receipt_id']}")).content
    certificate = await fetch(served, await ask(served, who, "erasure"))
    return {"receipt": receipt, "certificate": json.dumps(certificate).encode(), **await keys(served)}


async def keys(served: Inside) -> dict[str, bytes]:
    return {
        "receipt keys": (await served.http.get("/.well-known/volens-receipts.json")).content,
        "certificate keys": (await served.http.get("/v1/rights/keys")).content,
        "log key": (await served.http.get("/log/log.vkey")).content,
    }


async def renewed(directory: Path) -> int:
    """The exit code of the command."""
    return await asyncio.to_thread(main, ["keys", "renew-signing", str(directory)])


def kids(document: bytes) -> list[str]:
    return [key["kid"] for key in json.loads(document)["keys"]]


def good(kept: dict[str, bytes], known: dict[str, bytes]) -> bool:
    receipt = verify(kept["receipt"], jwks=known["receipt keys"])
    log_key = known["log key"].decode()
    proven = verify_certificate(kept["certificate"], log_key=log_key, signing_keys=known["certificate keys"])
    return receipt.good and receipt.receipt_key_known and proven.anchored


async def test_what_was_signed_before_is_checked_with_the_keys_of_today(tmp_path: Path) -> None:
    directory, days = tmp_path / "volens", []
    for day in range(3):
        async with inside(directory) as served:
            days.append(await keep(served, f"person-{day}"))
        if day < 2:
            assert await renewed(directory) == 0
    today = days[-1]
    for name in ("receipt keys", "certificate keys"):
        assert kids(today[name]) == [kids(day[name])[0] for day in reversed(days)]
        assert len(set(kids(today[name]))) == 3
    assert all(good(day, today) for day in days)
    assert not verify(today["receipt"], jwks=days[0]["receipt keys"]).good, "the keys did change"
    with pytest.raises(CertificateError):
        verify_certificate(today["certificate"], signing_keys=days[0]["certificate keys"])


async def test_the_log_says_that_it_happened(tmp_path: Path) -> None:
    async with inside(tmp_path / "volens"):
        pass
    assert await renewed(tmp_path / "volens") == 0
    async with inside(tmp_path / "volens") as served:
        log = served.services.sequencer
        entries = [decode_entry(entry) for _, entry, _ in log.read(0, log.size)]
    (found,) = [entry for entry in entries if entry.kind is Kind.KEY]
    assert found.detail == {"act": "renewed", "n": 2}


async def test_interrupted_between_the_list_and_the_key_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "volens"
    async with inside(directory) as served:
        kept = await keep(served, "ann")

    def fails(*_: Any) -> None:
        raise DirectoryError("interrupted")

    with monkeypatch.context() as broken:
        broken.setattr(renewal, "put_in_place", fails)
        assert await renewed(directory) != 0
    async with inside(directory) as served:
        still = await keys(served)
        assert kids(still["receipt keys"]) == kids(kept["receipt keys"]), "listed and in use: published once"
        assert good(kept, still)
    assert await renewed(directory) == 0
    async with inside(directory) as served:
        assert len(kids((await keys(served))["receipt keys"])) == 2
        assert good(kept, await keys(served))


async def test_a_running_gateway_keeps_its_keys(tmp_path: Path) -> None:
    async with inside(tmp_path / "volens"):
        assert await renewed(tmp_path / "volens") != 0


def test_the_list_holds_each_key_once_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    assert read_retired(tmp_path) == {}
    for x in ("a", "b", "a"):
        retire(tmp_path, "receipt.key", x)
    assert read_retired(tmp_path) == {"receipt.key": ("a", "b")}
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("junk", [b"", b"[]", b"{", b'{"receipt.key": 1}', b"\xff"])
def test_a_list_that_cannot_be_read_stops_a_start(tmp_path: Path, junk: bytes) -> None:
    (tmp_path / FILE).write_bytes(junk)
    with pytest.raises(DirectoryError):
        read_retired(tmp_path)
