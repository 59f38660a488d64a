"""Yesterday's backup is put back: what people denied since is still denied, and written down again."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest

from audit import FileHead, RollbackError
from consent import ActorKind, AgeBand, ConsentRequest, Status
from gateway.cli.entry import main
from gateway.directory.init_directory import initialise
from gateway.errors import RolledBackError
from gateway.lasting.line_file import LineFile
from tests.journey.in_process import Inside, inside
from tests.journey.shop import ITEMS, subject, view


async def reasons(served: Inside, who: str) -> dict[str, str]:
    answer = await served.http.post("/v1/consents/query", json={"subject": subject(who)})
    return {each["purpose"]: each["reason"] for each in answer.json()["purposes"]}


async def by_the_person(served: Inside, who: str, status: Status, purpose: str = "recommendations") -> None:
    ref = served.services.identities.ref_of(known=who, anonymous=None)
    assert ref is not None
    request = ConsentRequest(purpose=purpose, status=status, method="portal", locale="en")
    await served.services.desk.write(ref, request, ActorKind.PERSON, "portal")


async def restrict(served: Inside, who: str) -> None:
    body = {"subject": subject(who), "type": "restriction"}
    assert (await served.http.post("/v1/rights", json=body)).status_code == 200


def keys_of(directory: Path) -> Path:
    return directory.with_name(directory.name + ".keys")


def back_up(directory: Path) -> Path:
    backup = directory.with_name("backup")
    shutil.copytree(directory, backup)
    if (keys_of(directory) / "head").exists():
        shutil.copy2(keys_of(directory) / "head", backup / "the-head")
    return backup


def put_back(backup: Path, directory: Path) -> None:
    """As docs/durability.md says: the data, and the head of the same day."""
    shutil.rmtree(directory)
    shutil.copytree(backup, directory)
    if (directory / "the-head").exists():
        (directory / "the-head").rename(keys_of(directory) / "head")
    else:
        (keys_of(directory) / "head").unlink()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "volens"


async def test_what_was_denied_since_is_denied_and_recorded_again(directory: Path) -> None:
    people = ("ada", "bea", "cleo", "dora", "emil")
    async with inside(directory) as served:
        await served.stock()
        for who in people:
            for purpose in ("recommendations", "analytics"):
                await served.consent(who, "given", purpose)
            await served.batch([view(who, ITEMS[0])])
    backup = back_up(directory)
    async with inside(directory) as served:
        await by_the_person(served, "ada", Status.WITHDRAWN)
        await served.consent("bea", "given")
        await served.consent("bea", "withdrawn")
        await restrict(served, "cleo")
        await by_the_person(served, "dora", Status.WITHDRAWN)
        await by_the_person(served, "dora", Status.GIVEN)
    put_back(backup, directory)
    async with inside(directory) as served:
        for who, reason in zip(
            people, ("refused", "refused", "restricted", "refused", "permitted"), strict=True
        ):
            found = await reasons(served, who)
            assert found["recommendations"] == reason, who
            assert found["analytics"] == ("restricted" if who == "cleo" else "permitted")
        assert [who for who in people if remembered(served, who)] == ["emil"]
        ada = served.services.identities.ref_of(known="ada", anonymous=None)
        assert ada is not None
        history = served.services.desk._ledger.history_of(ada)
        assert (history[-1].status, history[-1].source) == (Status.WITHDRAWN, "restore")
        assert history[-1].log_index is not None, "it has an entry"
        refused = await served.consent("ada", "given")
        assert (refused.status_code, refused.json()["reason"]) == (409, "lifts_a_denial")
        assert (await served.consent("bea", "given")).status_code == 200, (
            "an app wrote it, an app may lift it"
        )
        await by_the_person(served, "ada", Status.GIVEN)
    async with inside(directory) as served:
        assert (await reasons(served, "ada"))["recommendations"] == "permitted", "what was given since counts"
        assert (await reasons(served, "bea"))["recommendations"] == "permitted"
        assert (await reasons(served, "cleo"))["recommendations"] == "restricted"
    assert main(["audit", "verify", str(directory)]) == 0


def remembered(served: Inside, who: str) -> list[Any]:
    """What a person's slates rest on."""
    ref = served.services.identities.ref_of(known=who, anonymous=None)
    assert ref is not None
    history = served.running.front._decisions._history
    return list(history.of(served.services.people.slot_of[ref]))


async def test_without_the_list_it_is_made_from_the_records(directory: Path) -> None:
    async with inside(directory) as served:
        await served.consent("ada", "given")
    backup = back_up(directory)
    async with inside(directory) as served:
        await by_the_person(served, "ada", Status.WITHDRAWN)
    (keys_of(directory) / "withdrawn").unlink()
    async with inside(directory):
        pass
    async with inside(directory):
        assert len((keys_of(directory) / "withdrawn").read_text().splitlines()) == 3, (
            "a title, the denial and its mark, once"
        )
    put_back(backup, directory)
    async with inside(directory) as served:
        assert (await reasons(served, "ada"))["recommendations"] == "refused"


async def test_without_space_for_the_list_a_withdrawal_counts_and_the_next_start_lists_it(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "no space")

    async with inside(directory) as served:
        await served.consent("ada", "given")
    backup = back_up(directory)
    async with inside(directory) as served:
        with monkeypatch.context() as patched:
            patched.setattr(LineFile, "_append", full)
            assert (await served.consent("ada", "withdrawn")).status_code == 200
    async with inside(directory):
        pass
    put_back(backup, directory)
    async with inside(directory) as served:
        assert (await reasons(served, "ada"))["recommendations"] == "refused"


async def test_the_records_alone_are_refused_however_often_a_start_is_tried(directory: Path) -> None:
    async with inside(directory) as served:
        for who in ("ada", "bea", "cleo"):
            await served.consent(who, "given")
    backup = back_up(directory)
    async with inside(directory) as served:
        for who in ("ada", "bea", "cleo"):
            await served.consent(who, "withdrawn")
    shutil.copy2(backup / "records.db", directory / "records.db")
    for _ in range(8):
        with pytest.raises(RolledBackError):
            async with inside(directory):
                pass


async def run(command: list[str]) -> int:
    return await asyncio.to_thread(main, command)


def copy_both(directory: Path) -> Path:
    """As a backup of data and keys that lie beside one another."""
    backup = directory.with_name("backup")
    shutil.copytree(directory, backup)
    shutil.copytree(keys_of(directory), keys_of(backup))
    return backup


async def test_the_command_puts_back_a_copy_and_nothing_of_what_was_taken_back(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with inside(directory) as served:
        for who in ("ada", "bea", "cleo", "dora", "emil"):
            await served.consent(who, "given")
    backup = copy_both(directory)
    command = ["restore", str(directory), "--from", str(backup)]
    async with inside(directory) as served:
        assert await run(command) == 1, "a gateway runs"
        assert (await served.erase("ada")).status_code == 200
        await by_the_person(served, "bea", Status.WITHDRAWN)
        await restrict(served, "cleo")
        minor = {"subject": subject("dora"), "age_band": "13-15"}
        assert (await served.http.put("/v1/consents/age-band", json=minor)).status_code == 200
    shutil.rmtree(directory)
    shutil.copytree(backup, directory)
    capsys.readouterr()
    with pytest.raises(RollbackError):
        async with inside(directory):
            pass
    assert await run(command) == 0
    assert "before" in capsys.readouterr().out
    async with inside(directory) as served:
        found = {
            who: (await reasons(served, who))["recommendations"] for who in ("bea", "cleo", "dora", "emil")
        }
        assert found == {"bea": "refused", "cleo": "restricted", "dora": "minor", "emil": "permitted"}
        ada = served.services.identities.ref_of(known="ada", anonymous=None)
        assert ada not in served.services.people.slot_of
    assert main(["audit", "verify", str(directory)]) == 0


@pytest.mark.parametrize("lost", [True, False], ids=["lost", "older"])
async def test_a_list_of_the_erased_that_was_lost_or_is_old_is_made_again_by_the_next_start(
    directory: Path, lost: bool
) -> None:
    async with inside(directory) as served:
        for who in ("ada", "bea"):
            await served.consent(who, "given")
    backup = copy_both(directory)
    erased = keys_of(directory) / "erased"
    async with inside(directory) as served:
        assert (await served.erase("ada")).status_code == 200
    current = erased.read_bytes()
    erased.unlink()
    if not lost:
        shutil.copy2(keys_of(backup) / "erased", erased)
    async with inside(directory):
        assert erased.read_bytes() == current
    assert await run(["restore", str(directory), "--from", str(backup)]) == 0
    async with inside(directory) as served:
        ada = served.services.identities.ref_of(known="ada", anonymous=None)
        assert ada not in served.services.people.slot_of
        assert (await reasons(served, "bea"))["recommendations"] == "permitted"


async def test_the_command_refuses_what_would_bring_people_back(directory: Path) -> None:
    async with inside(directory) as served:
        await served.consent("ada", "given")
    backup = copy_both(directory)
    assert await run(["restore", str(directory), "--from", str(keys_of(backup))]) == 2, "no data directory"
    assert await run(["restore", str(directory), "--from", str(backup), "--head", str(backup / "none")]) == 2
    (keys_of(directory) / "erased").unlink()
    assert await run(["restore", str(directory), "--from", str(backup)]) == 1
    assert not list(directory.parent.glob("*.before-*"))
    shutil.copy2(keys_of(backup) / "erased", keys_of(directory) / "erased")
    shutil.rmtree(directory)
    assert await run(["restore", str(directory), "--from", str(backup)]) == 0, "also where nothing is left"
    async with inside(directory) as served:
        assert (await reasons(served, "ada"))["recommendations"] == "permitted"


async def test_the_wrong_copy_is_undone(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with inside(directory) as served:
        await served.consent("ada", "given")
    backup = copy_both(directory)
    had = size_of(directory)
    async with inside(directory) as served:
        await served.consent("bea", "given")
    newest = (directory / "log" / "checkpoint").read_bytes()
    lost = size_of(directory) - had
    assert await run(["restore", str(directory), "--from", str(backup)]) == 0
    assert f"lost      {lost} entries" in capsys.readouterr().out
    (before,) = directory.parent.glob("volens.before-*[0-9]")
    assert await run(["restore", str(directory), "--from", str(before)]) == 0
    assert "lost" not in capsys.readouterr().out
    assert (directory / "log" / "checkpoint").read_bytes() == newest
    async with inside(directory) as served:
        assert (await reasons(served, "bea"))["recommendations"] == "permitted"
    assert main(["audit", "verify", str(directory)]) == 0


async def test_a_copy_of_another_log_or_with_another_head_is_not_put_back(directory: Path) -> None:
    for each in (directory, directory.with_name("other")):
        async with inside(each) as served:
            await served.consent("ada", "given")
    backup = copy_both(directory)
    async with inside(directory) as served:
        await served.consent("bea", "given")
    command = ["restore", str(directory), "--from"]
    kept = tree_of(directory.parent)
    assert await run([*command, str(directory.with_name("other"))]) == 1
    newer = str(keys_of(directory) / "head")
    assert await run([*command, str(backup), "--head", newer]) == 1, (
        "the log of the copy is shorter than that"
    )
    assert tree_of(directory.parent) == kept
    assert await run([*command, str(backup)]) == 0


def size_of(directory: Path) -> int:
    head = FileHead(keys_of(directory) / "head").read()
    assert head is not None
    return head.size


def tree_of(place: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}


def without_consent(directory: Path, purpose: str) -> None:
    """Let a purpose rest on legitimate interests."""
    policy = directory / "policy.toml"
    head, _, tail = policy.read_text().partition(f'id = "{purpose}"')
    tail = tail.replace('legal_basis = "consent"', 'legal_basis = "legitimate_interests"', 1)
    policy.write_text(f'{head}id = "{purpose}"{tail}')


@pytest.mark.parametrize("undone_by", ["an older copy", "an erasure"])
async def test_what_needs_no_consent_stays_objected_to_by_somebody_whom_no_record_knows(
    directory: Path, undone_by: str
) -> None:
    initialise(directory)
    without_consent(directory, "analytics")
    backup = back_up(directory)
    async with inside(directory) as served:
        await by_the_person(served, "zoe", Status.OBJECTED, "analytics")
        await by_the_person(served, "yan", Status.OBJECTED, "analytics")
        await by_the_person(served, "yan", Status.GIVEN, "analytics")
        await served.consent("xia", "objected", "analytics")
        wim = served.services.identities.ref_of(known="wim", anonymous=None)
        assert wim is not None
        assert await served.services.ages.state(wim, AgeBand.YOUNGER_TEEN, ActorKind.PERSON, "portal")
        if undone_by == "an erasure":
            for who in ("zoe", "yan", "xia", "wim"):
                assert (await served.erase(who)).status_code == 200
    if undone_by == "an older copy":
        put_back(backup, directory)
    for _ in range(2):
        async with inside(directory) as served:
            for who in ("zoe", "yan", "xia", "wim"):
                assert (await served.consent(who, "given")).status_code == 200
            found = {who: (await reasons(served, who)) for who in ("zoe", "yan", "xia", "wim")}
            assert found["zoe"]["analytics"] == "refused"
            assert {found[who]["analytics"] for who in ("yan", "xia")} == {"permitted"}
            assert {found[who]["recommendations"] for who in ("zoe", "yan", "xia")} == {"permitted"}
            assert found["wim"]["recommendations"] == "minor"
            assert (await served.batch([view("zoe", ITEMS[0])])).json()["accepted"] == 1
    async with inside(directory) as served:
        await by_the_person(served, "zoe", Status.GIVEN, "analytics")
        assert (await reasons(served, "zoe"))["analytics"] == "permitted"


async def test_somebody_first_known_after_the_backup_still_refuses(directory: Path) -> None:
    async with inside(directory) as served:
        await served.consent("ada", "given")
    backup = back_up(directory)
    async with inside(directory) as served:
        await by_the_person(served, "zoe", Status.REFUSED)
        await by_the_person(served, "yan", Status.REFUSED)
        await by_the_person(served, "yan", Status.GIVEN)
        assert (await served.consent("zoe", "given")).status_code == 409
    put_back(backup, directory)
    async with inside(directory) as served:
        refused = await served.consent("zoe", "given")
        assert (refused.status_code, refused.json()["reason"]) == (409, "lifts_a_denial")
        assert (await served.consent("yan", "given")).status_code == 200, "they had given themselves"
        await by_the_person(served, "zoe", Status.GIVEN)
        assert (await reasons(served, "zoe"))["recommendations"] == "permitted"


async def test_a_new_beginning_is_not_undone(directory: Path) -> None:
    async with inside(directory) as served:
        await served.stock()
        for who in ("ada", "bea"):
            await served.consent(who, "given")
            await served.batch([view(who, ITEMS[0])])
        await served.running.stop()
        served.running.start()
    backup = back_up(directory)
    async with inside(directory) as served:
        body = {"subject": subject("ada"), "wish": "reset"}
        assert (await served.http.post("/v1/controls", json=body)).status_code == 200
        assert not remembered(served, "ada")
    put_back(backup, directory)
    for _ in range(2):
        async with inside(directory) as served:
            assert [who for who in ("ada", "bea") if remembered(served, who)] == ["bea"]
