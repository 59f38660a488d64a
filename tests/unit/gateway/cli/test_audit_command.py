"""`volens audit verify` on real logs, whole and tampered with."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from audit import Entry, FileHead, Kind, NoteSigner, Outcome, Sequencer, encode_entry
from gateway.cli import audit as module
from gateway.cli import main


def make_log(directory: Path, n_entries: int = 3, seed: bytes = b"s" * 32) -> Path:
    """A log of a few entries, closed in order, in `directory`/log."""

    async def write() -> None:
        signer = NoteSigner.from_seed("test.local/log", seed)
        sequencer = Sequencer.open(
            directory / "log", signer, head=FileHead(directory / "head"), clock=lambda: 600.0
        )
        sequencer.start(asyncio.get_running_loop())
        for n in range(n_entries):
            sequencer.append(encode_entry(Entry(kind=Kind.ADMIN, outcome=Outcome.DONE, at=60 * n)))
        await sequencer.wait_durable()
        await sequencer.close()

    directory.mkdir()
    asyncio.run(write())
    return directory


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return make_log(tmp_path / "data")


def verify(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str]:
    code = main(["audit", "verify", *map(str, arguments)])
    told = capsys.readouterr()
    return code, told.out + told.err


def test_a_good_log_is_accepted_from_its_data_directory_and_by_itself(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for target in (data, data / "log"):
        code, page = verify(capsys, target)
        assert code == 0
        assert "test.local/log" in page
        assert "every byte is as it should be" in page


def test_a_changed_byte_is_found_and_its_cause_named(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tile,) = (data / "log" / "tile" / "entries").rglob("*.p/*")
    content = bytearray(tile.read_bytes())
    content[5] ^= 1
    tile.write_bytes(content)
    code, page = verify(capsys, data)
    assert code == 1
    assert "FOUND" in page
    assert tile.relative_to(data / "log").as_posix() in "".join(page.split()), "a long line is folded"
    assert "OK " not in page


def test_a_later_log_contains_its_own_earlier_checkpoint(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    anchor = tmp_path / "anchor"
    anchor.write_bytes((data / "log" / "checkpoint").read_bytes())
    assert verify(capsys, data, "--anchor", anchor)[0] == 0


def test_an_older_copy_is_found_by_the_anchor_and_only_by_it(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    later = make_log(tmp_path / "later", n_entries=9)
    anchor = later / "log" / "checkpoint"
    assert verify(capsys, data)[0] == 0
    code, page = verify(capsys, data, "--anchor", anchor)
    assert code == 1
    assert "rolled_back" in page


def test_a_log_signed_anew_by_somebody_else_is_found_by_the_key_kept_elsewhere(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    forged = make_log(tmp_path / "forged", seed=b"f" * 32)
    assert verify(capsys, forged)[0] == 0
    code, page = verify(capsys, forged, "--key", data / "log" / "log.vkey")
    assert code == 1
    assert "bad_key" in page


def test_a_file_name_chosen_by_an_attacker_sends_no_command_to_the_terminal(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "log" / "tile" / "\x1b[2J\x1b]0;owned").write_bytes(b"")
    code, page = verify(capsys, data)
    assert code == 1
    assert "\x1b" not in page
    assert "unknown_file" in page


def test_many_findings_are_counted_and_not_all_shown(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FINDINGS_SHOWN", 2)
    for n in range(5):
        (data / "log" / f"stray-{n}").write_bytes(b"")
    code, page = verify(capsys, data)
    assert code == 1
    assert page.count("stray-") == 2
    assert "5 findings" in page


def test_what_is_no_log_is_not_accepted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, page = verify(capsys, tmp_path)
    assert code == 1
    assert page.startswith("volens: there is no log at this place")
    assert verify(capsys, tmp_path / "absent")[0] == 2


@pytest.mark.parametrize("kept", ["checkpoint", "log.vkey", "tile", "wal"])
def test_a_log_of_which_little_is_left_is_still_judged(
    data: Path, capsys: pytest.CaptureFixture[str], kept: str
) -> None:
    for path in (data / "log").iterdir():
        if path.name != kept:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    code, page = verify(capsys, data)
    assert code == 1
    assert "FOUND" in page


def copy_of(data: Path, to: Path) -> Path:
    """What an auditor is given: what the log publishes, and nothing else."""
    to.mkdir()
    shutil.copytree(data / "log" / "tile", to / "tile")
    for name in ("checkpoint", "log.vkey"):
        shutil.copy(data / "log" / name, to / name)
    return to


def test_an_honest_copy_without_a_write_ahead_log_is_accepted_as_one(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = copy_of(data, tmp_path / "copy")
    code, page = verify(capsys, copy, "--copy")
    assert code == 0, page
    assert "a copy: no write-ahead log was there" in page
    code, page = verify(capsys, copy)
    assert code == 1
    assert "wal_short" in page
    assert "with --copy" in page


def test_a_changed_copy_is_found(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = copy_of(data, tmp_path / "copy")
    (tile,) = (copy / "tile" / "entries").rglob("*.p/*")
    tile.write_bytes(tile.read_bytes()[:-1])
    assert verify(capsys, copy, "--copy")[0] == 1


def test_a_lost_write_ahead_log_is_not_hidden_by_calling_it_a_copy(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "volens.toml").touch()
    shutil.rmtree(data / "log" / "wal")
    (data / "log" / "reserve").unlink(missing_ok=True)
    for target in (data, data / "log"):
        code, page = verify(capsys, target, "--copy")
        assert code == 1
        assert "not a copy" in page
        code, page = verify(capsys, target)
        assert code == 1
        assert "wal_short" in page


def test_what_is_left_of_a_write_ahead_log_is_judged_in_a_copy_too(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = copy_of(data, tmp_path / "copy")
    (copy / "wal").mkdir()
    code, page = verify(capsys, copy, "--copy")
    assert code == 1
    assert "wal_short" in page
