"""Somebody is erased, and a backup of everything is put back: their decision cannot be read any more, and what they kept still holds."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from audit import read_trust_policy, verify_decision
from gateway.decision_proofs.bundle import read_proof_bundle
from tests.journey.in_process import Inside, inside

EVE = {"anonymous_id": "eve"}


async def as_eve(served: Inside) -> dict[str, str]:
    """With eve's own token."""
    given = await served.http.post("/v1/device-tokens", json=EVE)
    return {"authorization": f"Bearer {given.json()['access_token']}"}


async def test_the_payload_is_unreadable_and_the_proof_is_good(tmp_path: Path) -> None:
    directory, backup = tmp_path / "volens", tmp_path / "backup"
    keys = directory.with_name("volens.keys")
    async with inside(directory) as served:
        await served.stock()
        await served.consent(EVE, "given")
        decided = await served.decide(EVE)
        path = f"/v1/decisions/{decided['decision_id']}/proof"
        kept = await served.http.get(path, headers=await as_eve(served))
        assert kept.status_code == 200
    await asyncio.to_thread(shutil.copytree, directory, backup)
    await asyncio.to_thread(shutil.copytree, keys, tmp_path / "backup.keys")
    async with inside(directory) as served:
        assert (await served.erase(EVE)).status_code in (200, 201, 202)
        assert (await served.http.get(path, headers=await as_eve(served))).status_code == 404

    erased = (keys / "erased").read_bytes()  # the one list that is copied whenever it grows
    for place, copy in ((directory, backup), (keys, tmp_path / "backup.keys")):
        await asyncio.to_thread(shutil.rmtree, place)
        await asyncio.to_thread(shutil.copytree, copy, place)
    (keys / "erased").write_bytes(erased)
    async with inside(directory) as served:
        assert (await served.http.get(path, headers=await as_eve(served))).status_code == 404
        why = f"/v1/decisions/{decided['decision_id']}"
        assert (await served.http.get(why, headers=await as_eve(served))).status_code == 404
    bundle = read_proof_bundle(kept.content)
    proven = verify_decision(bundle.shown, read_trust_policy(bundle.policy), accept_unwitnessed=True)
    assert proven.index == decided["audit"]["index"]
