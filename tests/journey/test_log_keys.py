"""The log's key changes under way: announced in the log, both sign for a while, and an interrupted change is gone on with."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from audit import NoteError, NoteVerifier, decode_entry, published_entries, read_checkpoint, verify_proof
from gateway.cli import main
from gateway.errors import DirectoryError
from gateway.signing_keys import log_keys
from tests.journey.in_process import inside


async def run(*arguments: str | Path) -> int:
    return await asyncio.to_thread(main, list(map(str, arguments)))


def vkey(directory: Path) -> str:
    return (directory / "log" / "log.vkey").read_text().strip()


def checkpoint(directory: Path) -> bytes:
    return (directory / "log" / "checkpoint").read_bytes()


def said(directory: Path) -> list[tuple[object, object]]:
    """What the log says of its keys."""
    entries = [decode_entry(entry) for _, entry in published_entries(directory / "log")]
    return [(each.detail["act"], each.detail.get("key")) for each in entries if each.kind.value == "key"]


async def test_a_reader_of_either_key_believes_the_log_until_the_overlap_is_ended(tmp_path: Path) -> None:
    directory = tmp_path / "volens"
    async with inside(directory) as served:
        written = (await served.consent("ada", "given")).json()
        receipt = (await served.http.get(f"/v1/receipts/{written['receipt_id']}")).json()["log"]
    old = vkey(directory)
    before = checkpoint(directory)

    assert await run("keys", "rotate-log", directory) == 0
    new = vkey(directory)
    assert new != old
    assert said(directory) == [("log_key_announced", new)]
    for known in (old, new):
        assert read_checkpoint(checkpoint(directory), NoteVerifier.from_vkey(known)).size > 2
    (tmp_path / "both").write_text(f"{new}\n{old}\n")
    (tmp_path / "old").write_text(f"{old}\n")
    (tmp_path / "new").write_text(f"{new}\n")
    assert await run("audit", "verify", directory, "--key", tmp_path / "old") == 0
    assert await run("audit", "export", directory, "--out", tmp_path / "between") == 0
    for known in ("old", "new", "both"):
        assert await run("audit", "verify", tmp_path / "between", "--key", tmp_path / known) == 0
    announced = read_checkpoint(before, NoteVerifier.from_vkey(old)).size
    assert announced < read_checkpoint(checkpoint(directory), NoteVerifier.from_vkey(old)).size
    assert await run("keys", "rotate-log", directory) == 1  # one change at a time

    async with inside(directory) as served:
        assert (await served.http.get("/log/log.vkey")).text.strip() == new
        assert (await served.http.get("/log/log.vkeys")).text.split() == [new, old]
        again = await served.http.get(f"/v1/receipts/{written['receipt_id']}")
        for known in (old, new):
            verify_proof(
                again.json()["log"]["proof"].encode(),
                again.json()["log"]["entry"].encode(),
                NoteVerifier.from_vkey(known),
            )

    assert await run("keys", "end-log-overlap", directory) == 0
    assert said(directory)[1:] == [("log_key_ended", old)]
    assert not (tmp_path / "volens.keys" / log_keys.FORMER_KEY_FILE).exists()
    read_checkpoint(checkpoint(directory), NoteVerifier.from_vkey(new))
    with pytest.raises(NoteError):
        read_checkpoint(checkpoint(directory), NoteVerifier.from_vkey(old))
    verify_proof(receipt["proof"].encode(), receipt["entry"].encode(), NoteVerifier.from_vkey(old))
    assert await run("keys", "end-log-overlap", directory) == 1
    assert await run("audit", "verify", directory) == 0
    (tmp_path / "kept").write_bytes(before)
    for keys, code in (([new, old], 0), ([new], 1), ([old, new], 1)):
        (tmp_path / "keys").write_text("\n".join(keys) + "\n")
        kept = ("--anchor", tmp_path / "kept", "--key", tmp_path / "keys")
        assert await run("audit", "verify", directory, *kept) == code
    anchored = ("--anchor", tmp_path / "kept", "--from", "2000-01-01", "--out", tmp_path / "export")
    assert await run("audit", "export", directory, *anchored) == 0
    proof = json.loads((tmp_path / "export" / "consistency.json").read_bytes())
    assert proof["old"] == announced
    assert await run("audit", "verify", directory, "--key", tmp_path / "old") == 1
    for known, code in (("old", 1), ("new", 0), ("both", 0)):
        assert await run("audit", "verify", tmp_path / "export", "--key", tmp_path / known) == code
        assert await run("audit", "verify", tmp_path / "between", "--key", tmp_path / known) == 0
    async with inside(directory) as served:
        assert (await served.http.get("/log/log.vkeys")).text.split() == [new, old]


async def test_an_interrupted_change_is_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = tmp_path / "volens"
    async with inside(directory):
        pass
    old = vkey(directory)

    def fail(keys_dir: Path) -> None:
        raise DirectoryError("interrupted")

    with monkeypatch.context() as patched:
        patched.setattr(log_keys, "take_over_log_key", fail)
        assert await run("keys", "rotate-log", directory) == 1
    async with inside(directory):  # announced, not in use
        assert vkey(directory) == old
    promised = said(directory)[-1][1]
    with monkeypatch.context() as patched:  # between the two steps of taking over
        patched.setattr(log_keys, "put_in_place", lambda *_: (_ for _ in ()).throw(OSError(5, "interrupted")))
        assert await run("keys", "rotate-log", directory) == 1
    async with inside(directory):
        assert vkey(directory) == old
    assert await run("keys", "rotate-log", directory) == 0
    assert vkey(directory) == promised
    assert {key for _, key in said(directory)} == {promised}
    assert await run("audit", "verify", directory) == 0
