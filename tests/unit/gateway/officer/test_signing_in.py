"""Signing in: both factors, once, and the same answer to everything else."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import msgspec
import pytest

from gateway.callers.rate_limits import RateLimits
from gateway.officer.accounts import Accounts
from gateway.officer.enrolling import Missing, OfficerEnrolments, check
from gateway.officer.one_time_codes import code_at
from gateway.officer.passwords import MAX_CHARACTERS, MIN_CHARACTERS, Passwords, is_long_enough
from gateway.officer.signing_in import SigningIn

NOW = 1_700_000_000
STEP = NOW // 30
PASSWORD = "correct horse battery"


class Door:
    """One officer's door."""

    def __init__(self, root: Path, at_once: float = 1000) -> None:
        self.accounts = Accounts(root, os.urandom)
        self.passwords = Passwords()
        self.enrolments = OfficerEnrolments(self.accounts, os.urandom)
        self.signing_in = SigningIn(self.accounts, self.passwords, RateLimits(0.001, at_once * 1000))
        self.secret = b""

    async def enrol(self, name: str = "vera") -> None:
        code = self.accounts.invite(name, expires_at=NOW + 60)
        begun = self.enrolments.begin(code, now=NOW)
        enrolment = self.enrolments.find(begun, now=NOW)
        assert enrolment is not None
        account = self.enrolments.finished(enrolment, await self.passwords.keep(PASSWORD), step=STEP - 1)
        assert account is not None
        self.accounts.keep(account)
        self.secret = enrolment.secret

    async def tries(
        self, name: str = "vera", password: str = PASSWORD, step: int = STEP, code: str = ""
    ) -> bool:
        said = code or code_at(self.secret, step)
        return await self.signing_in.judge(name, password=password, code=said, now=NOW) is not None


async def test_all_three_let_in_and_the_code_does_not_do_so_again(tmp_path: Path) -> None:
    door = Door(tmp_path)
    await door.enrol()
    assert await door.tries()
    assert not await door.tries()
    assert await door.tries(step=STEP + 1)
    assert not await door.tries(step=STEP)


async def test_that_a_code_was_used_outlives_the_process(tmp_path: Path) -> None:
    first = Door(tmp_path)
    await first.enrol()
    assert await first.tries()
    second = Door(tmp_path)
    second.secret = first.secret
    assert not await second.tries()


async def test_of_two_that_come_at_once_with_one_code_one_comes_in(tmp_path: Path) -> None:
    door = Door(tmp_path)
    await door.enrol()
    assert sum(await asyncio.gather(*(door.tries() for _ in range(4)))) == 1


async def test_a_wrong_factor_or_name_lets_nobody_in_and_uses_no_code_up(tmp_path: Path) -> None:
    door = Door(tmp_path)
    await door.enrol()
    assert not await door.tries(password="wrong horse battery")
    assert not await door.tries(password="")
    assert not await door.tries(password=PASSWORD + "\ud800")
    assert not await door.tries(code="000000")
    assert not await door.tries(name="otto")
    assert not await door.tries(name="../vera")
    assert await door.tries(code=" ".join(code_at(door.secret, STEP)))


async def test_who_was_invited_and_has_not_enrolled_does_not_come_in(tmp_path: Path) -> None:
    door = Door(tmp_path)
    door.accounts.invite("vera", expires_at=NOW + 60)
    door.secret = bytes(20)
    assert not await door.tries(password="what nobody has")


async def test_under_one_name_a_few_attempts_count_and_then_not_even_the_right_one(tmp_path: Path) -> None:
    door = Door(tmp_path, at_once=0.003)
    await door.enrol()
    for _ in range(3):
        assert not await door.tries(code="000000")
    assert not await door.tries()


async def test_the_password_stands_nowhere_and_the_hash_has_a_salt(tmp_path: Path) -> None:
    door = Door(tmp_path)
    await door.enrol("vera")
    await door.enrol("otto")
    files = [path.read_bytes() for path in (tmp_path / "officers").iterdir()]
    assert not any(PASSWORD.encode() in content for content in files)
    hashes = {each.password for each in door.accounts.all()}
    assert len(hashes) == 2
    assert all((each or "").startswith("$argon2id$v=19$m=65536,t=2,p=1$") for each in hashes)


async def test_an_enrolment_is_finished_once_and_ends_the_sessions_of_before(tmp_path: Path) -> None:
    door = Door(tmp_path)
    code = door.accounts.invite("vera", expires_at=NOW + 60)
    one, two = (door.enrolments.find(door.enrolments.begin(code, now=NOW), now=NOW) for _ in range(2))
    assert one is not None
    assert two is not None
    assert one.secret != two.secret
    before = door.accounts.find("vera")
    done = door.enrolments.finished(one, "hash", step=STEP)
    assert done is not None
    assert before is not None
    assert done.since != before.since
    door.accounts.keep(done)
    assert door.enrolments.finished(two, "other", step=STEP) is None
    assert door.enrolments.begin(code, now=NOW) is None


async def test_an_enrolment_lasts_a_quarter_of_an_hour_and_never_longer_than_its_code(tmp_path: Path) -> None:
    door = Door(tmp_path)
    name = door.enrolments.begin(door.accounts.invite("vera", expires_at=NOW + 3600), now=NOW)
    assert door.enrolments.find(name, now=NOW + 899) is not None
    assert door.enrolments.find(name, now=NOW + 900) is None
    short = door.enrolments.begin(door.accounts.invite("otto", expires_at=NOW + 60), now=NOW)
    assert door.enrolments.find(short, now=NOW + 60) is None
    assert door.enrolments.find("x", now=NOW) is None
    assert door.enrolments.find(None, now=NOW) is None


async def test_what_is_not_right_yet_is_said_in_this_order(tmp_path: Path) -> None:
    door = Door(tmp_path)
    name = door.enrolments.begin(door.accounts.invite("vera", expires_at=NOW + 60), now=NOW)
    enrolment = door.enrolments.find(name, now=NOW)
    assert enrolment is not None
    right = code_at(enrolment.secret, STEP)
    assert check(enrolment, password="short", again="short", code=right, now=NOW) is Missing.TOO_SHORT
    assert (
        check(enrolment, password=PASSWORD, again=PASSWORD + "x", code=right, now=NOW) is Missing.NOT_THE_SAME
    )
    assert check(enrolment, password=PASSWORD, again=PASSWORD, code="000000", now=NOW) is Missing.WRONG_CODE
    assert check(enrolment, password=PASSWORD, again=PASSWORD, code=right, now=NOW) == STEP


@pytest.mark.parametrize(
    ("length", "enough"),
    [
        (0, False),
        (MIN_CHARACTERS - 1, False),
        (MIN_CHARACTERS, True),
        (MAX_CHARACTERS, True),
        (MAX_CHARACTERS + 1, False),
    ],
)
def test_a_password_is_judged_by_its_length(length: int, enough: bool) -> None:
    assert is_long_enough("x" * length) is enough


def test_a_file_of_an_account_says_nothing_that_lets_in(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path, os.urandom)
    code = accounts.invite("vera", expires_at=NOW)
    found = msgspec.json.decode((tmp_path / "officers" / "vera.json").read_bytes())
    assert code not in str(found)


async def test_a_code_alone_counts_once_for_whoever_the_provider_named(tmp_path: Path) -> None:
    door = Door(tmp_path)
    await door.enrol()

    async def shows(name: str, code: str) -> bool:
        return await door.signing_in.judge_code(name, code, now=NOW) is not None

    code = code_at(door.secret, STEP)
    assert not await shows("vera", "000000")
    assert not await shows("otto", code)
    assert await shows("vera", f" {code[:3]} {code[3:]} ")
    assert not await shows("vera", code)
    assert not await door.tries(), "a code that was used here counts nowhere else"


async def test_too_many_codes_under_one_name_are_slowed_down(tmp_path: Path) -> None:
    door = Door(tmp_path, at_once=1)
    await door.enrol()
    assert await door.signing_in.judge_code("vera", "000000", now=NOW) is None
    assert await door.signing_in.judge_code("vera", code_at(door.secret, STEP), now=NOW) is None
