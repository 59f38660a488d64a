"""A link lets in once, in time, whom it was made for; nothing on the disk lets anybody in."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.portal.one_time_links import LINKS_DIRECTORY, OneTimeLinks
from privacy import SubjectRef

ADA, BEA = SubjectRef(b"a" * 16), SubjectRef(b"b" * 16)


@pytest.fixture
def links(tmp_path: Path) -> OneTimeLinks:
    return OneTimeLinks(tmp_path, b"k" * 32, os.urandom)


def stored(tmp_path: Path) -> list[Path]:
    return list((tmp_path / LINKS_DIRECTORY).iterdir())


def test_it_works_once_until_it_ends(links: OneTimeLinks, tmp_path: Path) -> None:
    secret = links.make(ADA, expires_at=100)
    assert links.take(secret, now=99) == ADA
    assert links.take(secret, now=99) is None
    late = links.make(ADA, expires_at=100)
    assert links.take(late, now=100) is None
    assert stored(tmp_path) == []


def test_of_many_who_come_at_once_one_is_let_in(links: OneTimeLinks) -> None:
    for _ in range(20):
        secret = links.make(ADA, expires_at=100)
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: links.take(secret, now=1), range(8)))  # noqa: B023
        assert sorted(each is not None for each in found) == [False] * 7 + [True]


def test_what_lies_on_the_disk_is_no_secret(links: OneTimeLinks, tmp_path: Path) -> None:
    links.make(ADA, expires_at=100)
    (path,) = stored(tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert links.take(path.name, now=1) is None
    assert links.take(path.name[:43], now=1) is None


@pytest.mark.parametrize(
    "secret", ["", "../../etc/passwd", "x" * 43, "x" * 100_000, "\0" * 43, "\ud800" * 43]
)
def test_what_was_never_made_lets_nobody_in(links: OneTimeLinks, secret: str) -> None:
    assert links.take(secret, now=1) is None
    links.make(ADA, expires_at=100)
    assert links.take(secret, now=1) is None


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"7", b'{"subject":"ab","expires_at":9}', b"\xff"])
def test_a_file_that_was_not_written_to_its_end_lets_nobody_in_and_is_tidied_away(
    links: OneTimeLinks, tmp_path: Path, content: bytes
) -> None:
    secret = links.make(ADA, expires_at=100)
    stored(tmp_path)[0].write_bytes(content)
    assert links.take(secret, now=1) is None
    assert links.tidy(now=1) == 1
    assert stored(tmp_path) == []


def test_an_erasure_ends_the_links_of_one_person_and_tidying_those_that_ran_out(
    links: OneTimeLinks, tmp_path: Path
) -> None:
    links.end_all(ADA)
    assert links.tidy(now=1) == 0
    gone, kept = links.make(ADA, expires_at=100), links.make(BEA, expires_at=100)
    links.make(BEA, expires_at=5)
    links.end_all(ADA)
    assert links.tidy(now=5) == 1
    assert links.take(gone, now=5) is None
    assert links.take(kept, now=5) == BEA


def test_whoever_writes_the_directory_makes_no_link_and_changes_none(
    links: OneTimeLinks, tmp_path: Path
) -> None:
    secret = links.make(ADA, expires_at=100)
    [path] = stored(tmp_path)
    whole = path.read_text()
    for changed in (
        whole.replace(ADA.hex(), BEA.hex()),
        whole.replace("100", "999"),
        whole.replace('"mac"', '"other"'),
        whole.replace('"mac": "', '"mac": "\u00e9'),
        whole[:-1],
    ):
        assert changed != whole
        path.write_text(changed)
        assert links.take(secret, now=1) is None
    path.write_text(whole)
    other = links.make(BEA, expires_at=100)
    (theirs,) = set(stored(tmp_path)) - {path}
    theirs.write_text(whole)
    assert links.take(other, now=1) is None, "one person's file under another link's name"
    stranger = OneTimeLinks(tmp_path, b"x" * 32, os.urandom)
    assert stranger.take(secret, now=1) is None
    assert links.take(secret, now=1) == ADA
