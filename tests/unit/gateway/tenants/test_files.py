"""Rule sets at rest: whole or not at all, and read again when they changed."""

from __future__ import annotations

import io
import json
import stat
from pathlib import Path

import pytest

from gateway.errors import DirectoryError, NotFoundError
from gateway.telemetry.journal import Journal
from gateway.tenants import RuleSet, RuleSetError, TenantFiles, TenantShelf
from tests.unit.gateway.tenants.material import RULES, rules

OTHER = RULES.replace("ada =", "cyd =")


class Kept:
    """A shelf, with what it told."""

    def __init__(self, directory: Path) -> None:
        self.files = TenantFiles(directory)
        self.told = io.StringIO()
        self.adopted: list[tuple[str, bytes]] = []
        self.shelf = TenantShelf(self.files, Journal(lambda: 1, self.told), self._adopt)

    def _adopt(self, name: str, found: RuleSet) -> None:
        self.adopted.append((name, found.digest))

    def happenings(self) -> list[str]:
        return [json.loads(line)["happening"] for line in self.told.getvalue().splitlines()]


def test_what_is_saved_is_what_is_read_and_for_the_owner_alone(tmp_path: Path) -> None:
    files = TenantFiles(tmp_path)
    assert (files.names(), files.stamp("todo")) == ([], None)
    assert files.save("todo", RULES.encode()).digest == files.read("todo").digest == rules().digest
    assert files.names() == ["todo"]
    path = tmp_path / "tenants" / "todo.toml"
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)
    before = files.stamp("todo")
    files.save("todo", OTHER.encode())
    assert files.stamp("todo") != before


def test_what_is_wrong_changes_nothing(tmp_path: Path) -> None:
    files = TenantFiles(tmp_path)
    files.save("todo", RULES.encode())
    with pytest.raises(RuleSetError):
        files.save("todo", b"format = 2")
    assert files.read("todo").digest == rules().digest
    assert [path.name for path in (tmp_path / "tenants").iterdir()] == ["todo.toml"]


@pytest.mark.parametrize("name", ["", "..", "a/b", "A", ".new", "a.b", "a" * 64, "-a", "a\0"])
def test_a_name_is_a_name(tmp_path: Path, name: str) -> None:
    files = TenantFiles(tmp_path)
    with pytest.raises(DirectoryError):
        files.save(name, RULES.encode())
    assert files.stamp(name) is None


async def test_a_changed_file_is_read_before_the_next_answer(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    with pytest.raises(NotFoundError):
        await kept.shelf.rules_of("todo")
    kept.files.save("todo", RULES.encode())
    first = await kept.shelf.rules_of("todo")
    assert await kept.shelf.rules_of("todo") is first
    kept.files.save("todo", OTHER.encode())
    assert (await kept.shelf.rules_of("todo")).digest == rules(OTHER).digest
    assert kept.adopted == [("todo", rules().digest), ("todo", rules(OTHER).digest)]
    (tmp_path / "tenants" / "todo.toml").unlink()
    with pytest.raises(NotFoundError):
        await kept.shelf.rules_of("todo")


async def test_a_broken_file_changes_nothing_while_running_and_stops_a_start(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.files.save("todo", RULES.encode())
    kept.shelf.load_all()
    (tmp_path / "tenants" / "todo.toml").write_text("canary")
    for _ in range(3):
        assert (await kept.shelf.rules_of("todo")).digest == rules().digest
    assert kept.happenings() == ["tenant_loaded", "tenant_refused"]
    with pytest.raises(RuleSetError) as refused:
        Kept(tmp_path).shelf.load_all()
    assert "tenants/todo.toml" in str(refused.value)
    (tmp_path / "tenants" / "new.toml").write_text("canary")
    with pytest.raises(NotFoundError):
        await kept.shelf.rules_of("new")
