"""Reading the policy of a directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from consent import Policy, PolicyError, default_policy_text
from gateway.directory.policy_file import (
    IN_FORCE_FILE,
    keep_in_force,
    read_next_policy,
    read_policy,
    read_policy_in_force,
    require_same_meaning,
)
from gateway.errors import DirectoryError, PolicyBreaksError

REMOVED = default_policy_text().replace('id = "analytics"', 'id = "counting"')
ANOTHER_CODE = default_policy_text().replace('code = "rec"', 'code = "rex"')
WIDER = default_policy_text().replace("retention_days = 395", "retention_days = 500")
NEWER = default_policy_text().replace("version = 1", "version = 2", 1)


def bring_into_force(directory: Path) -> Policy:
    """What a start does."""
    policy, text = read_next_policy(directory)
    keep_in_force(directory, text)
    return policy


@pytest.fixture
def served(tmp_path: Path) -> Path:
    """A directory that was served under the default policy."""
    (tmp_path / "policy.toml").write_text(default_policy_text())
    bring_into_force(tmp_path)
    return tmp_path


def test_what_init_writes_is_read(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text(default_policy_text())
    assert read_policy(tmp_path).purposes


def test_no_policy_is_an_error_of_the_directory(tmp_path: Path) -> None:
    with pytest.raises(DirectoryError):
        read_policy(tmp_path)
    (tmp_path / "policy.toml").mkdir()
    with pytest.raises(DirectoryError):
        read_policy(tmp_path)


@pytest.mark.parametrize(("text", "where"), [("a = 1\nb = canary", "line 2"), ("a = " + "[" * 100_000, "")])
def test_what_is_not_toml_is_told_by_its_line_and_never_quoted(tmp_path: Path, text: str, where: str) -> None:
    (tmp_path / "policy.toml").write_text(text)
    with pytest.raises(PolicyError) as caught:
        read_policy(tmp_path)
    assert caught.value.problems[0].pointer == where
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("text", [REMOVED, ANOTHER_CODE])
def test_what_gives_another_meaning_to_what_is_stored_does_not_come_into_force(
    served: Path, text: str
) -> None:
    (served / "policy.toml").write_text(text)
    for _ in range(2):
        with pytest.raises(PolicyBreaksError):
            bring_into_force(served)
    assert read_policy_in_force(served).digest != read_policy(served).digest
    (served / "policy.toml").write_text(WIDER)
    assert (
        bring_into_force(served).digest == read_policy_in_force(served).digest == read_policy(served).digest
    )


def test_an_older_copy_of_a_policy_does_not_come_into_force(served: Path) -> None:
    (served / "policy.toml").write_text(NEWER)
    bring_into_force(served)
    (served / "policy.toml").write_text(default_policy_text())
    with pytest.raises(PolicyBreaksError):
        bring_into_force(served)
    with pytest.raises(PolicyBreaksError):
        require_same_meaning(served, read_policy(served))


def test_where_nothing_was_served_everything_may_come_into_force(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text(ANOTHER_CODE)
    policy = read_policy(tmp_path)
    require_same_meaning(tmp_path, policy)
    assert read_policy_in_force(tmp_path).digest == policy.digest
    assert not (tmp_path / IN_FORCE_FILE).exists(), "looking changes nothing"


def test_to_read_the_next_one_brings_nothing_into_force(served: Path) -> None:
    before = read_policy_in_force(served).digest
    (served / "policy.toml").write_text(NEWER)
    policy, text = read_next_policy(served)
    (served / "policy.toml").write_text(WIDER)
    assert read_policy_in_force(served).digest == before
    keep_in_force(served, text)
    assert read_policy_in_force(served).digest == policy.digest, "what was read, not what stands there by now"


def test_it_is_kept_by_bytes_and_not_written_again(served: Path) -> None:
    kept = served / IN_FORCE_FILE
    before = kept.stat()
    assert kept.read_bytes() == (served / "policy.toml").read_bytes()
    bring_into_force(served)
    assert kept.stat().st_ino == before.st_ino


def test_a_damaged_copy_is_no_permission(served: Path) -> None:
    kept = served / IN_FORCE_FILE
    kept.write_text("canary = ")
    for look in (bring_into_force, read_policy_in_force):
        with pytest.raises(DirectoryError) as caught:
            look(served)
        assert "canary" not in str(caught.value)
    kept.unlink()
    kept.mkdir()
    with pytest.raises(DirectoryError):
        bring_into_force(served)
