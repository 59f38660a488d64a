"""What no file of the repository may say: promises without a number, somebody's machine, a registry's address."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.house.source import ROOT, texts

HERE = "tests/house/"
LOCKS = ("requirements.lock", "package-lock.json", "go.sum")
PROMISE = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b(?!\(#\d+\))")
MACHINE = re.compile(r"(?<![\w.:*}$])/(?:work|root|home|farm|Users|tmp)/[\w.-]+")
HOSTS = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in (
            ("pypi", "org"), ("files", "pythonhosted", "org"), ("registry", "npmjs", "org"), ("registry", "yarnpkg", "com"),
            ("static", "crates", "io"), ("index", "crates", "io"), ("proxy", "golang", "org"), ("sum", "golang", "org"),
            ("deb", "debian", "org"), ("repo1", "maven", "org"),
        )
    )
)  # fmt: skip


def hits(pattern: re.Pattern[str], *, skip: tuple[str, ...] = ()) -> list[str]:
    """Where a pattern occurs, as `path:line`."""
    return [
        f"{path}:{number}"
        for path, text in texts()
        if not path.startswith(HERE) and not path.endswith(skip or ("\0",))
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_a_promise_carries_the_number_of_its_issue() -> None:
    assert hits(PROMISE, skip=LOCKS) == []


def test_nothing_names_a_path_of_somebodys_machine() -> None:
    assert hits(MACHINE, skip=LOCKS) == []


def test_nothing_names_the_host_of_a_registry() -> None:
    assert hits(HOSTS) == []


def test_the_locks_pin_by_hash_and_name_no_address() -> None:
    pinned = (ROOT / "requirements.lock").read_text()
    assert "://" not in pinned
    for block in re.split(r"\n(?=\S)", pinned.strip()):
        assert re.match(r"[\w.-]+(\[[\w,-]+\])?==\S+", block), block[:60]
        assert "--hash=sha256:" in block, block[:60]
    for path in sorted(ROOT.glob("tests/*/package-lock.json")) + sorted(
        Path(ROOT / "sdk").glob("*/package-lock.json")
    ):
        for name, package in json.loads(path.read_text())["packages"].items():
            assert "resolved" not in package, name
            assert not name or "integrity" in package or package.get("link"), name


def test_the_patterns_notice_what_they_forbid() -> None:
    assert PROMISE.search("# TODO: later")
    assert not PROMISE.search("# TODO(#12): later")
    assert MACHINE.search("open('/" + "home/ada/x')")
    assert not MACHINE.search("GET /v1/home/ada")
