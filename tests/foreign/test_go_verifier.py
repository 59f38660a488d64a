"""The Go checksum database's own code (golang.org/x/mod/sumdb) accepts our log, and nothing that was changed in it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from audit import NoteSigner
from tests.requirement import missing, require, whole_campaign
from tests.unit.audit.logs import SIGNER, STRANGER, write_log

pytestmark = [pytest.mark.foreign, pytest.mark.slow]

SOURCE = Path(__file__).parent / "go"
COUNT = 600
"""Entries of the log that is changed: two full tiles and a partial one, and a level above them."""
ENTRIES = ("tile/entries/000", "tile/entries/001", "tile/entries/002.p/89")
TILES = ("tile/0/000", "tile/0/001", "tile/0/002.p/89", "tile/1/000.p/2")
SIZES = (0, 1, 254, 255, 256, 257, 511, *((65_600,) if whole_campaign() else ()))
"""Around the edges of tiles; a log holds one entry more, that of its own beginning."""
OTHER_NAME = NoteSigner.from_seed("gateway.example/audit/r2", bytes([7]) * 32)
PLACES: dict[str, Callable[[int], int]] = {
    "first": lambda n: 0,
    "middle": lambda n: n // 2,
    "last": lambda n: n - 1,
}

Verify = Callable[..., "Verdict"]


class Verdict:
    """What the program said about a log."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        """Read its exit status and what it printed; anything but its two verdicts is an error of its own."""
        assert done.returncode in {0, 1}, done.stderr
        self.accepted = done.returncode == 0
        lines = done.stderr.splitlines()
        assert self.accepted != bool(lines), done
        assert all(line.startswith("rejected: ") for line in lines), done.stderr
        self.said = done.stdout.strip() or done.stderr.strip()
        self.failed = {line.split(": ")[1] for line in lines}
        """The checks that failed."""


@pytest.fixture(scope="module")
def verify(tmp_path_factory: pytest.TempPathFactory) -> Verify:
    """The Go program, built once; called with the directory of a log and, if one is given, a verifier key."""
    go = require("go")
    program = tmp_path_factory.mktemp("go") / "verifier"
    environment = {**os.environ, "GOFLAGS": "-mod=readonly -buildvcs=false", "GOWORK": "off"}
    if _run([go, "mod", "download"], environment).returncode != 0:
        missing("golang.org/x/mod (go mod download in tests/foreign/go)")
    built = _run([go, "build", "-o", str(program), "."], environment)
    assert built.returncode == 0, built.stderr

    def call(log: Path, *vkey: str) -> Verdict:
        return Verdict(_run([str(program), str(log), *vkey], dict(os.environ)))

    return call


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a whole log; never changed."""
    root = tmp_path_factory.mktemp("good")
    write_log(root, COUNT, group=50)
    return root / "log"


@pytest.fixture
def log(good: Path, tmp_path: Path) -> Path:
    """A copy of it to be changed."""
    return Path(shutil.copytree(good, tmp_path / "log"))


def _run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=SOURCE, env=environment, capture_output=True, text=True, timeout=500, check=False
    )


def _flip(file: Path, at: int) -> None:
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)


@pytest.mark.parametrize("count", SIZES)
def test_a_log_of_any_size_is_accepted(verify: Verify, tmp_path: Path, count: int) -> None:
    write_log(tmp_path, count, group=50)
    verdict = verify(tmp_path / "log", SIGNER.vkey)
    assert verdict.accepted, verdict.said
    assert verdict.said.startswith(f"accepted: {count + 1} entries, root ")


def test_the_log_that_is_changed_below_is_accepted_before(verify: Verify, good: Path, log: Path) -> None:
    assert all((good / path).is_file() for path in ENTRIES + TILES)
    assert verify(good).accepted
    assert verify(log, SIGNER.vkey).accepted


def test_a_log_that_was_opened_again_is_accepted(verify: Verify, tmp_path: Path) -> None:
    for first in (0, 100, 300):
        write_log(tmp_path, 100, first=first, group=10)
    verdict = verify(tmp_path / "log", SIGNER.vkey)
    assert verdict.accepted, verdict.said


def test_an_earlier_checkpoint_holds_with_the_full_tiles_that_came_later(
    verify: Verify, tmp_path: Path
) -> None:
    write_log(tmp_path, 100, group=10)
    log = tmp_path / "log"
    earlier = (log / "checkpoint").read_bytes()
    write_log(tmp_path, 400, first=100, group=10)
    (log / "checkpoint").write_bytes(earlier)
    for partial in (log / "tile").glob("*/000.p"):
        shutil.rmtree(partial)
    verdict = verify(log, SIGNER.vkey)
    assert verdict.accepted, verdict.said
    assert verdict.said.startswith("accepted: 101 entries")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("path", ENTRIES)
def test_a_flipped_byte_of_an_entry_is_rejected(verify: Verify, log: Path, path: str, place: str) -> None:
    file = log / path
    _flip(file, PLACES[place](file.stat().st_size))
    verdict = verify(log)
    assert verdict.failed in ({"root", "tiles", "inclusion"}, {"entries"}), verdict.said


def test_an_entry_that_changed_its_text_only_has_another_root(verify: Verify, log: Path) -> None:
    _flip(log / ENTRIES[1], -1)
    assert verify(log).failed == {"root", "tiles", "inclusion"}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("path", TILES)
def test_a_flipped_byte_of_a_tile_is_rejected(verify: Verify, log: Path, path: str, place: str) -> None:
    file = log / path
    _flip(file, PLACES[place](file.stat().st_size))
    assert verify(log).failed == {"tiles", "inclusion"}


@pytest.mark.parametrize("cut", [1, 32])
@pytest.mark.parametrize("path", TILES)
def test_a_truncated_tile_is_rejected(verify: Verify, log: Path, path: str, cut: int) -> None:
    os.truncate(log / path, (log / path).stat().st_size - cut)
    assert verify(log).failed == {"tiles", "inclusion"}


@pytest.mark.parametrize("path", ENTRIES)
def test_a_truncated_bundle_is_rejected(verify: Verify, log: Path, path: str) -> None:
    os.truncate(log / path, (log / path).stat().st_size - 1)
    assert verify(log).failed == {"entries"}


@pytest.mark.parametrize("path", ENTRIES)
def test_a_byte_behind_a_bundle_is_rejected(verify: Verify, log: Path, path: str) -> None:
    with (log / path).open("ab") as file:
        file.write(b"\x00")
    assert verify(log).failed == {"entries"}


@pytest.mark.parametrize("path", TILES + ENTRIES)
def test_a_missing_file_is_rejected(verify: Verify, log: Path, path: str) -> None:
    (log / path).unlink()
    assert not verify(log).accepted


@pytest.mark.parametrize("key", [STRANGER, OTHER_NAME], ids=["other key", "other name"])
def test_a_wrong_key_is_rejected(verify: Verify, log: Path, key: NoteSigner) -> None:
    assert verify(log, key.vkey).failed == {"checkpoint"}
    (log / "log.vkey").write_text(key.vkey + "\n", encoding="utf-8")
    assert verify(log).failed == {"checkpoint"}


@pytest.mark.parametrize("at", range(0, 79, 6))
def test_a_flipped_byte_of_the_key_is_rejected(verify: Verify, log: Path, at: int) -> None:
    _flip(log / "log.vkey", at)
    assert verify(log).failed == {"checkpoint"}


@pytest.mark.parametrize(
    ("signer", "count", "failed"),
    [
        (STRANGER, COUNT, {"checkpoint"}),
        (OTHER_NAME, COUNT, {"checkpoint"}),
        (SIGNER, COUNT, {"root", "inclusion"}),
        (SIGNER, COUNT + 1, {"entries"}),
        (SIGNER, 300, {"root", "inclusion"}),
    ],
    ids=["other key", "other name", "other entries", "longer log", "shorter log of other entries"],
)
def test_the_checkpoint_of_another_log_is_rejected(
    verify: Verify, log: Path, tmp_path: Path, signer: NoteSigner, count: int, failed: set[str]
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    write_log(other, count, first=1, group=50, signer=signer)
    shutil.copyfile(other / "log" / "checkpoint", log / "checkpoint")
    assert verify(log, SIGNER.vkey).failed >= failed


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"audit/r1\n", b"audit/r2\n"),
        (b"\n601\n", b"\n600\n"),
        (b"\n601\n", b"\n0601\n"),
        (b"\n\n", b"\nmore\n\n"),
        ("\n\N{EM DASH} ".encode(), b"\n"),
    ],
    ids=["origin", "size", "spelling of the size", "one line more", "signature line"],
)
def test_a_changed_checkpoint_is_rejected(verify: Verify, log: Path, old: bytes, new: bytes) -> None:
    data = (log / "checkpoint").read_bytes()
    assert old in data
    (log / "checkpoint").write_bytes(data.replace(old, new, 1))
    assert verify(log, SIGNER.vkey).failed == {"checkpoint"}


def test_no_byte_of_the_checkpoint_can_be_flipped(verify: Verify, log: Path) -> None:
    file = log / "checkpoint"
    good = file.read_bytes()
    for at in range(0, len(good) - 4, 1 if whole_campaign() else 5):
        _flip(file, at)
        assert verify(log, SIGNER.vkey).failed == {"checkpoint"}, at
        file.write_bytes(good)
