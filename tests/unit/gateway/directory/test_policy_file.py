"""Reading the policy of a directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from consent import PolicyError, default_policy_text
from gateway.directory.policy_file import read_policy
from gateway.errors import DirectoryError


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
