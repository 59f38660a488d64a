"""Accounts of officers: separate files that only their owner may read, and invitations that are kept by digest."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import msgspec
import pytest

from gateway.errors import CredentialsFileError
from gateway.officer.accounts import Accounts

NOW = 1_700_000_000


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    return Accounts(tmp_path, os.urandom)


def file_of(tmp_path: Path, name: str) -> Path:
    return tmp_path / "officers" / f"{name}.json"


def test_there_is_nobody_before_somebody_is_invited(accounts: Accounts) -> None:
    assert not accounts.any()
    assert accounts.all() == []
    assert accounts.find("vera") is None


def test_an_invitation_is_a_private_file_that_does_not_hold_the_code(
    accounts: Accounts, tmp_path: Path
) -> None:
    code = accounts.invite("vera", expires_at=NOW + 60)
    path = file_of(tmp_path, "vera")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert code.encode() not in path.read_bytes()
    found = accounts.invited(code, now=NOW)
    assert found is not None
    assert (found.name, found.is_enrolled) == ("vera", False)


def test_a_code_lets_nobody_enrol_after_its_time_nor_does_another_one(accounts: Accounts) -> None:
    code = accounts.invite("vera", expires_at=NOW + 60)
    assert accounts.invited(code, now=NOW + 59) is not None
    assert accounts.invited(code, now=NOW + 60) is None
    for wrong in ("", code[:-1], code + "A", "A" * 43, "\ud800" * 43):
        assert accounts.invited(wrong, now=NOW) is None


def test_a_new_invitation_ends_the_one_before_and_leaves_the_factors(accounts: Accounts) -> None:
    first = accounts.invite("vera", expires_at=NOW + 60)
    invited = accounts.invited(first, now=NOW)
    assert invited is not None
    accounts.keep(msgspec.structs.replace(invited, password="hash", secret=b"s", invitation=None))
    second = accounts.invite("vera", expires_at=NOW + 60)
    assert accounts.invited(first, now=NOW) is None
    again = accounts.invited(second, now=NOW)
    assert again is not None
    assert (again.officer, again.password, again.secret) == (invited.officer, "hash", b"s")


@pytest.mark.parametrize("name", ["", "Vera", "../vera", "a/b", ".vera", "v" * 33, "vera\n", "vera\x00"])
def test_what_is_no_name_leads_to_no_file(accounts: Accounts, tmp_path: Path, name: str) -> None:
    with pytest.raises(CredentialsFileError):
        accounts.invite(name, expires_at=NOW)
    assert accounts.find(name) is None
    assert not accounts.remove(name)
    assert list(tmp_path.rglob("*.json")) == []


def test_a_file_that_others_may_read_is_no_account(accounts: Accounts, tmp_path: Path) -> None:
    accounts.invite("vera", expires_at=NOW + 60)
    file_of(tmp_path, "vera").chmod(0o640)
    assert accounts.find("vera") is None
    assert accounts.all() == []
    with pytest.raises(CredentialsFileError):
        accounts.invite("vera", expires_at=NOW + 60)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[1]", b"\xff", b'{"officer":"o","name":"otto","since":"x"}']
)
def test_a_file_that_is_something_else_is_no_account(
    accounts: Accounts, tmp_path: Path, content: bytes
) -> None:
    accounts.invite("vera", expires_at=NOW + 60)
    file_of(tmp_path, "vera").write_bytes(content)
    assert accounts.find("vera") is None


def test_a_link_in_the_place_of_a_file_is_not_followed(accounts: Accounts, tmp_path: Path) -> None:
    accounts.invite("vera", expires_at=NOW + 60)
    elsewhere = tmp_path / "elsewhere.json"
    file_of(tmp_path, "vera").rename(elsewhere)
    file_of(tmp_path, "vera").symlink_to(elsewhere)
    assert accounts.find("vera") is None


def test_who_is_removed_is_gone_and_the_others_stay(accounts: Accounts) -> None:
    accounts.invite("vera", expires_at=NOW + 60)
    accounts.invite("otto", expires_at=NOW + 60)
    assert accounts.remove("vera")
    assert not accounts.remove("vera")
    assert [each.name for each in accounts.all()] == ["otto"]


def test_two_officers_have_two_pseudonyms_and_neither_is_the_name(accounts: Accounts) -> None:
    names = ("vera", "otto")
    for name in names:
        accounts.invite(name, expires_at=NOW + 60)
    pseudonyms = {each.officer for each in accounts.all()}
    assert len(pseudonyms) == 2
    assert not any(name in pseudonym for name in names for pseudonym in pseudonyms)


def test_a_member_that_is_not_known_is_refused_rather_than_dropped(
    accounts: Accounts, tmp_path: Path
) -> None:
    accounts.invite("vera", expires_at=NOW + 60)
    path = file_of(tmp_path, "vera")
    read = msgspec.json.decode(path.read_bytes())
    path.write_bytes(msgspec.json.encode({**read, "administrator": True}))
    assert accounts.find("vera") is None
