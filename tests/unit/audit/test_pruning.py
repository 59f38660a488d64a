"""Old entries go, announced; that they were there stays provable, and nothing else may go under that name."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from audit import (
    Cause,
    CorruptionError,
    Disk,
    Entry,
    Kind,
    LockedError,
    Minimum,
    Outcome,
    Pruned,
    build_consistency,
    build_proof,
    decode_entry,
    encode_entry,
    entry_at,
    oldest_kept,
    past_entries,
    prune,
    published_entries,
    read_announced,
    read_checkpoint,
    read_entry_bundle,
    root_from,
    verify_consistency,
    verify_directory,
    verify_proof,
)
from audit.layout import reader_of
from tests.unit.audit.logs import SIGNER, entry, open_log, started, write_log

COUNT = 700
SAID_AT = 1_795_000_020


async def announce(root: Path, index: int) -> Minimum:
    log = await started(root)
    said = Entry(kind=Kind.RETENTION, outcome=Outcome.DONE, at=SAID_AT, detail={"minimum": index})
    place = log.append(encode_entry(said), reserved=True)
    await log.wait_durable()
    await log.close()
    return Minimum(index, place)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_log(tmp_path, 300, group=50)
    (tmp_path / "old").write_bytes((tmp_path / "log" / "checkpoint").read_bytes())
    write_log(tmp_path, COUNT - 300, first=300, group=50)
    return tmp_path


def causes(root: Path) -> set[Cause]:
    anchor = (root / "old").read_bytes()
    return {each.cause for each in verify_directory(root, anchor=anchor).findings}


def bundles(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "log" / "tile" / "entries").iterdir())


def test_what_was_announced_goes_and_the_log_is_whole(root: Path) -> None:
    log = root / "log"
    read = reader_of(log)
    note = (log / "checkpoint").read_bytes()
    handed_out, gone = build_proof(40, note, SIGNER.verifier, read), entry_at(40, COUNT, read)
    minimum = asyncio.run(announce(root, 512))
    assert prune(log, minimum) == Pruned(bundles=2, segments=0)
    assert bundles(root)[0] == "002.p"
    assert read_announced(log) == minimum
    assert causes(root) == set()
    verify_proof(handed_out, gone, SIGNER.verifier)
    newest = (log / "checkpoint").read_bytes()
    verify_proof(build_proof(40, newest, SIGNER.verifier, read), gone, SIGNER.verifier)
    old, new = (read_checkpoint(data, SIGNER.verifier) for data in ((root / "old").read_bytes(), newest))
    proof = build_consistency(old.size, new.size, new.size, read)
    assert verify_consistency(old.size, new.size, old.root, new.root, proof)
    assert root_from(old.size, new.size, read) == old.root
    assert next(published_entries(log))[0] == 512
    with pytest.raises(CorruptionError, match="pruned"):
        read_entry_bundle(0, new.size, read)
    write_log(root, 400, first=COUNT, group=50)
    assert causes(root) == set()


def test_who_follows_numbers_from_the_first_entry_on_still_can(root: Path) -> None:
    log = root / "log"
    before = list(past_entries(log))
    assert before == list(published_entries(log))
    prune(log, asyncio.run(announce(root, 512)))
    after = list(past_entries(log))
    assert after[: len(before)] == before
    assert [index for index, _ in after] == list(range(len(after)))
    assert next(published_entries(log))[0] == 512
    (log / "wal" / f"{0:016d}.wal").unlink()
    with pytest.raises(CorruptionError, match="is missing"):
        list(past_entries(log))


def test_nothing_goes_without_an_announcement(root: Path) -> None:
    log = root / "log"
    for minimum in (Minimum(256, 5), Minimum(256, COUNT), Minimum(256, 10_000), Minimum(512, 300)):
        with pytest.raises(CorruptionError):
            prune(log, minimum)
    said = asyncio.run(announce(root, 256))
    with pytest.raises(CorruptionError):
        prune(log, Minimum(512, said.announced))
    assert len(bundles(root)) == 3
    prune(log, said)
    with pytest.raises(CorruptionError):  # and never back
        prune(log, Minimum(0, said.announced))


def test_more_than_was_announced_is_missed(root: Path) -> None:
    prune(root / "log", asyncio.run(announce(root, 256)))
    assert causes(root) == set()
    (root / "log" / "tile" / "entries" / "001").unlink()
    assert causes(root) == {Cause.MISSING}


def test_a_minimum_that_nobody_announced_hides_nothing(root: Path) -> None:
    asyncio.run(announce(root, 256))
    for text in (f"512\n{COUNT}\n", "256\n3\n", "256\n", "-256\n3\n", "255\n3\n", "0256\n3\n", "x" * 99):
        (root / "log" / "minimum").write_text(text)
        assert Cause.BAD_MINIMUM in causes(root)
    (root / "log" / "tile" / "entries" / "000").unlink()
    assert causes(root) == {Cause.BAD_MINIMUM, Cause.MISSING}
    (root / "log" / "minimum").unlink()
    assert causes(root) == {Cause.MISSING}


def test_a_bundle_that_is_still_there_must_be_right(root: Path) -> None:
    log = root / "log"
    minimum = asyncio.run(announce(root, 512))
    kept = (log / "tile" / "entries" / "001").read_bytes()
    prune(log, minimum)
    (log / "tile" / "entries" / "001").write_bytes(kept[:-2] + b"9}")
    assert causes(root) == {Cause.BAD_ENTRY, Cause.ENTRY_CHANGED}


def test_an_interrupted_pruning_is_gone_on_with(root: Path) -> None:
    log = root / "log"
    minimum = asyncio.run(announce(root, 512))
    steps = ("unlink", "rename", "sync", "sync_directory")
    for name in steps:

        class Failing(Disk):
            pass

        def fail(*_: object) -> None:
            raise OSError(5, "input/output error")

        setattr(Failing, name, fail)
        with pytest.raises(OSError, match="input/output"):
            prune(log, minimum, Failing())
        assert causes(root) <= {Cause.LEFTOVER}
    prune(log, minimum)
    assert bundles(root)[0] == "002.p"
    assert causes(root) == set()


def test_not_while_the_log_is_written(root: Path) -> None:
    minimum = asyncio.run(announce(root, 256))
    log = open_log(root)
    with pytest.raises(LockedError):
        prune(root / "log", minimum)
    asyncio.run(log.close())
    assert prune(root / "log", minimum).bundles == 1


def test_only_whole_bundles_that_are_older_go(tmp_path: Path) -> None:
    write_log(tmp_path, 600, group=50)
    at = base_time()
    assert oldest_kept(tmp_path / "log", at) == 0
    assert oldest_kept(tmp_path / "log", at + 1) == 512
    prune(tmp_path / "log", asyncio.run(announce(tmp_path, 256)))
    assert oldest_kept(tmp_path / "log", at) == 256


def base_time() -> int:
    """The time in the entries of these logs."""
    return decode_entry(entry(0)).at
