"""The rights of people, over the whole gateway: asked for, carried out, evidenced, and lasting."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest

from audit import RollbackError, decode_entry
from consent import ActorKind, ConsentRequest, Identity, Right, Status, StoreUnavailableError, WriteRefusal
from gateway.cli.entry import main
from gateway.directory.init_directory import initialise
from gateway.errors import RolledBackError
from gateway.lasting.erased_list import ErasedList
from gateway.rights.desk import RightsAsked
from gateway.rights.entries import request_digest
from tests.journey.breaking import Breaking
from tests.journey.in_process import Inside, inside
from tests.journey.shop import ITEMS, subject, view


async def ask(served: Inside, who: str | dict[str, str], right: str, **more: Any) -> dict[str, Any]:
    """Exercise a right; must be answered 200."""
    answer = await served.http.post("/v1/rights", json={"subject": subject(who), "type": right, **more})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def step(served: Inside, asked: dict[str, Any], act: str, **more: Any) -> Any:
    return await served.http.post(f"/v1/rights/{asked['request_id']}/steps", json={"act": act, **more})


async def permits(served: Inside, who: str) -> dict[str, str]:
    answer = await served.http.post("/v1/consents/query", json={"subject": subject(who)})
    return {each["purpose"]: each["reason"] for each in answer.json()["purposes"]}


async def by_the_person(served: Inside, who: str, status: Status, purpose: str = "recommendations") -> object:
    """A change by the person themselves, as the portal writes it."""
    ref = served.services.identities.ref_of(known=who, anonymous=None)
    assert ref is not None
    request = ConsentRequest(purpose=purpose, status=status, method="portal", locale="en")
    return await served.services.desk.write(ref, request, ActorKind.PERSON, "portal")


def entry_at(served: Inside, place: dict[str, Any]) -> Any:
    [(_, entry, sealed)] = served.services.sequencer.read(place["index"], 1)
    assert sealed == b""
    return decode_entry(entry)


def shape(value: Any) -> Any:
    """What an answer looks like, without what it says."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    return [shape(each) for each in value] if isinstance(value, list) else type(value).__name__


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "volens"


async def test_every_step_of_a_request_has_an_entry_that_names_nobody(directory: Path) -> None:
    async with inside(directory) as served:
        await served.consent("ada", "given")
        asked = await ask(served, "ada", "erasure")
        assert [each["act"] for each in asked["steps"]] == ["received", "completed"]
        for each in asked["steps"]:
            entry = entry_at(served, each["audit"])
            digest = request_digest(bytes.fromhex(asked["request_id"]))
            assert entry.kind == "rights"
            assert dict(entry.detail) == {
                "act": each["act"],
                "request": digest,
                "right": "erasure",
                "why": each["reason"],
            }
        assert entry_at(served, asked["audit"]).kind == "erasure"


async def test_somebody_unknown_is_answered_and_evidenced_in_the_same_form(directory: Path) -> None:
    async with inside(directory) as served:
        await served.consent("ada", "given")
        known, unknown = await ask(served, "ada", "erasure"), await ask(served, "nobody", "erasure")
        assert shape(known) == shape(unknown)
        entries = [entry_at(served, each["audit"]) for each in (known, unknown)]
        assert [entry.kind for entry in entries] == ["erasure", "erasure"]
        assert [set(entry.detail) for entry in entries] == [{"key"}, {"key"}]
        assert entries[0].detail != entries[1].detail
        for right in ("access", "objection", "portability"):
            one, other = await ask(served, "bea", right), await ask(served, "nobody-2", right)
            assert shape(one) == shape(other)


async def test_a_request_is_shown_to_its_source_and_to_nobody_else(directory: Path) -> None:
    async with inside(directory) as served:
        asked = await ask(served, "ada", "access")
        again = await served.http.get(f"/v1/rights/{asked['request_id']}")
        assert again.json() == asked
        raw = bytes.fromhex(asked["request_id"])
        rights, identities = served.services.rights, served.services.identities
        ada, bea = (identities.ref_of(known=who, anonymous=None) for who in ("ada", "bea"))
        assert await rights.status(raw, holder=ada) is not None
        assert await rights.status(raw, holder=bea) is None
        assert await rights.status(raw, source="another") is None
        for name in ("0" * 32, "0" * 31, "zz" * 16, asked["request_id"].upper() + "00"):
            assert (await served.http.get(f"/v1/rights/{name}")).status_code == 404


async def test_the_holder_of_an_erasure_still_sees_it_and_no_list_shows_it(directory: Path) -> None:
    async with inside(directory) as served:
        await served.consent("ada", "given")
        await ask(served, "ada", "access")
        asked = await ask(served, "ada", "erasure")
        rights = served.services.rights
        ada = served.services.identities.ref_of(known="ada", anonymous=None)
        assert ada is not None
        assert await rights.status(bytes.fromhex(asked["request_id"]), holder=ada) is not None
        assert await rights.requests_of(ada) == []


async def test_nothing_happens_before_the_identity_is_confirmed(directory: Path) -> None:
    async with inside(directory) as served:
        await served.consent("ada", "given")
        asked = await ask(served, "ada", "objection", identity_confirmed=False)
        assert (asked["status"], asked["identity"]) == ("identity_pending", "pending")
        assert (await permits(served, "ada"))["recommendations"] == "permitted"
        done = await step(served, asked, "identity_confirmed")
        assert done.json()["status"] == "completed"
        assert (await permits(served, "ada"))["recommendations"] == "refused"
        again = await step(served, asked, "identity_confirmed")
        assert (again.status_code, again.json()["reason"]) == (409, "not_now")


async def test_an_extension_and_a_refusal_need_a_reason_that_counts(directory: Path) -> None:
    async with inside(directory) as served:
        asked = await ask(served, "ada", "access")
        for act, reason in (
            ("extended", None),
            ("extended", "excessive"),
            ("refused", "complexity"),
            ("refused", "no"),
        ):
            refused = await step(served, asked, act, **({"reason": reason} if reason else {}))
            assert (refused.status_code, refused.json()["reason"]) == (409, "wrong_reason")
        longer = (await step(served, asked, "extended", reason="complexity")).json()
        assert longer["extended"]
        assert longer["due_at"] > asked["due_at"]
        refused = (await step(served, asked, "refused", reason="excessive")).json()
        assert (refused["status"], refused["reason"]) == ("refused", "excessive")
        assert [each["act"] for each in refused["steps"]] == ["received", "extended", "refused"]


async def test_an_objection_stops_one_purpose_or_all(directory: Path) -> None:
    async with inside(directory) as served:
        for purpose in ("recommendations", "model-improvement"):
            await served.consent("ada", "given", purpose)
        one = await ask(served, "ada", "objection", purpose="recommendations")
        assert one["status"] == "completed"
        reasons = await permits(served, "ada")
        assert (reasons["recommendations"], reasons["model-improvement"]) == ("refused", "permitted")
        body = {"subject": {"id": "ada"}, "type": "objection", "purpose": "nothing"}
        assert (await served.http.post("/v1/rights", json=body)).status_code == 422
        await ask(served, "ada", "objection")
        assert "permitted" not in (await permits(served, "ada")).values()


async def test_a_restriction_stops_everything_until_it_is_lifted(directory: Path) -> None:
    async with inside(directory) as served:
        await served.stock()
        await served.consent("ada", "given")
        assert (await ask(served, "ada", "restriction"))["status"] == "completed"
        assert (await permits(served, "ada"))["recommendations"] == "restricted"
        withheld = (await served.batch([view("ada", ITEMS[0])])).json()
        assert withheld["reasons"] == {"restricted": 1}
    async with inside(directory) as served:
        assert (await permits(served, "ada"))["recommendations"] == "restricted"
        assert (await ask(served, "ada", "restriction", lift=True))["status"] == "completed"
        assert (await permits(served, "ada"))["recommendations"] == "permitted"
        ada = served.services.identities.ref_of(known="ada", anonymous=None)
        assert ada is not None
        await served.services.rights.open(
            RightsAsked(subject=ada, right=Right.RESTRICTION, identity=Identity.PERSON, source="portal")
        )
        lifted = await ask(served, "ada", "restriction", lift=True)
        assert (lifted["status"], lifted["reason"]) == ("refused", "set_by_the_person")
        assert (await permits(served, "ada"))["recommendations"] == "restricted"


async def test_a_disputed_item_is_not_used_any_more_even_after_a_restart(directory: Path) -> None:
    async with inside(directory) as served:
        await served.stock()
        for purpose in ("recommendations", "model-improvement"):
            await served.consent("ada", "given", purpose)
        await served.batch([view("ada", item) for item in ITEMS[:3]])
        done = await ask(served, "ada", "rectification", item=ITEMS[1])
        assert done["status"] == "completed"
        await served.batch([view("ada", ITEMS[1]), view("ada", ITEMS[4])])
        assert seen(served, "ada") == ({0, 2, 4}, {0, 2, 4})
        nothing = await ask(served, "ada", "rectification", item="no such thing")
        assert (nothing["status"], nothing["reason"]) == ("refused", "nothing_such_held")
    async with inside(directory) as served:
        assert seen(served, "ada") == ({0, 2, 4}, {0, 2, 4})
    (directory / "snapshot" / "state").unlink()
    async with inside(directory) as served:
        assert seen(served, "ada") == ({0, 2, 4}, {0, 2, 4}), "a replay of the whole log leads to the same"
    assert ITEMS[1].encode() not in b"".join(
        path.read_bytes() for path in (directory / "log").rglob("*") if path.is_file()
    )


def seen(served: Inside, who: str) -> tuple[set[int], set[int]]:
    """A person's history and contributions."""
    ref = served.services.identities.ref_of(known=who, anonymous=None)
    assert ref is not None
    slot = served.services.people.slot_of[ref]
    history = served.running.front._decisions._history
    return {item for item, _ in history.of(slot)}, set(served.services.models._contributions.of(slot))


async def test_an_erasure_takes_the_linked_devices_along(directory: Path) -> None:
    async with inside(directory) as served:
        await served.stock()
        for who in ("ada", {"anonymous_id": "phone"}, {"anonymous_id": "stranger"}):
            await served.consent(who, "given")
        await served.consent("ada", "given", "linking")
        identify = {"type": "identify", "userId": "ada", "anonymousId": "phone", "messageId": "link"}
        assert (await served.batch([identify])).status_code == 200
        assert len(served.services.people) == 3
        await ask(served, "ada", "erasure")
        left = list(served.services.people.slot_of)
        assert left == [served.services.identities.ref_of(known=None, anonymous="stranger")]


async def test_an_app_cannot_erase_a_refusal_away(directory: Path) -> None:
    async with inside(directory) as served:
        await by_the_person(served, "ada", Status.GIVEN)
        await by_the_person(served, "ada", Status.WITHDRAWN)
        await ask(served, "ada", "erasure")
        refused = await served.consent("ada", "given")
        assert (refused.status_code, refused.json()["reason"]) == (409, "lifts_a_denial")
        assert (await served.consent("ada", "given", "model-improvement")).status_code == 200
        assert (await served.consent("bea", "given")).status_code == 200
    async with inside(directory) as served:
        await ask(served, "ada", "erasure")
        assert (await served.consent("ada", "given")).status_code == 409, (
            "a second erasure does not do it either"
        )
        assert not isinstance(await by_the_person(served, "ada", Status.GIVEN), WriteRefusal)
        assert (await permits(served, "ada"))["recommendations"] == "permitted"
        await ask(served, "ada", "erasure")
        assert (await served.consent("ada", "given")).status_code == 200, (
            "the person's own later answer counts"
        )


async def test_what_an_app_wrote_an_app_may_still_change_after_an_erasure(directory: Path) -> None:
    async with inside(directory) as served:
        await served.consent("ada", "given")
        await served.consent("ada", "withdrawn")
        await ask(served, "ada", "erasure")
        assert (await served.consent("ada", "given")).status_code == 200


def put_back(kept: Path, place: Path) -> None:
    shutil.rmtree(place)
    shutil.copytree(kept, place)


def keys_of(directory: Path) -> Path:
    return directory.with_name(directory.name + ".keys")


async def erased_after_a_backup(directory: Path) -> Path:
    """A person comes, everything is copied, the person withdraws and is erased; where the copy is."""
    async with inside(directory) as served:
        await served.stock()
        await by_the_person(served, "ada", Status.GIVEN)
        await served.consent("bea", "given")
        await served.batch([view("ada", ITEMS[0]), view("bea", ITEMS[1])])
    backup = directory.with_name("backup")
    shutil.copytree(directory, backup / "data")
    shutil.copytree(keys_of(directory), backup / "keys")
    async with inside(directory) as served:
        await by_the_person(served, "ada", Status.WITHDRAWN)
        await ask(served, "ada", "erasure")
        assert len(served.services.people) == 1
    shutil.copy2(directory / "log" / "checkpoint", backup / "anchor")
    return backup


async def test_yesterdays_backup_brings_nobody_back(directory: Path) -> None:
    backup = await erased_after_a_backup(directory)
    put_back(backup / "data", directory)
    shutil.copy2(backup / "keys" / "head", keys_of(directory) / "head")
    async with inside(directory) as served:
        bea = served.services.identities.ref_of(known="bea", anonymous=None)
        assert list(served.services.people.slot_of) == [bea], "before anything is served"
        history = served.running.front._decisions._history
        assert len(history) == 1
        size = served.services.sequencer.durable_size
        entries = [decode_entry(entry) for _, entry, _ in served.services.sequencer.read(0, size)]
        assert [entry.kind for entry in entries].count("erasure") == 1, (
            "it is carried out, and evidenced, again"
        )
    journal = [entry.detail["key"] for entry in entries if entry.kind == "erasure"]
    listed = (keys_of(directory) / "erased").read_text().splitlines()[1:]
    assert journal == listed
    assert main(["audit", "verify", str(directory)]) == 0, "by itself it is whole"
    anchored = ["audit", "verify", str(directory), "--anchor", str(backup / "anchor")]
    assert main(anchored) == 1, "only what was kept elsewhere shows that a backup was restored"


async def test_the_data_alone_or_the_records_alone_are_not_put_back(directory: Path) -> None:
    backup = await erased_after_a_backup(directory)
    now = directory.with_name("now")
    shutil.copytree(directory, now)
    put_back(backup / "data", directory)
    with pytest.raises(RollbackError):
        async with inside(directory):
            pass
    put_back(now, directory)
    shutil.copy2(backup / "data" / "records.db", directory / "records.db")
    with pytest.raises(RolledBackError):
        async with inside(directory):
            pass


async def test_who_comes_back_by_their_own_will_stays(directory: Path) -> None:
    await erased_after_a_backup(directory)
    async with inside(directory) as served:
        assert not isinstance(await by_the_person(served, "ada", Status.GIVEN), WriteRefusal)
    async with inside(directory) as served:
        assert (await permits(served, "ada"))["recommendations"] == "permitted"


def break_the_list(served: Inside) -> Breaking:
    erased = served.services.rights._carrying_out.desk._erasures._erased
    return Breaking(erased, "_append", OSError(28, "no space"))


async def nothing_is_open(served: Inside) -> None:
    async with asyncio.timeout(120):
        while (await served.http.get("/v1/rights")).json()["requests"]:  # noqa: ASYNC110 - asked from outside
            await asyncio.sleep(0.05)


def erased_keys(served: Inside, directory: Path) -> list[str]:
    """The keys of the log's entries of erasure, which are those on the list, each once."""
    size = served.services.sequencer.durable_size
    entries = [decode_entry(entry) for _, entry, _ in served.services.sequencer.read(0, size)]
    keys = [entry.detail["key"] for entry in entries if entry.kind == "erasure"]
    assert keys == (keys_of(directory) / "erased").read_text().splitlines()[1:]
    return keys


async def test_an_erasure_that_fails_permits_nothing_writes_nothing_and_is_ended_by_itself(
    directory: Path,
) -> None:
    async with inside(directory) as served:
        for purpose in ("recommendations", "analytics"):
            await served.consent("ada", "given", purpose)
        broken = break_the_list(served)
        asked = await served.http.post("/v1/rights", json={"subject": {"id": "ada"}, "type": "erasure"})
        assert asked.status_code == 503
        assert "permitted" not in (await permits(served, "ada")).values()
        for status, purpose in (("given", "notifications"), ("withdrawn", "analytics")):
            assert (await served.consent("ada", status, purpose)).status_code == 503
        assert "permitted" not in (await permits(served, "ada")).values()
        assert len(served.services.people) == 1, "the running number of the entries goes on where it was"
        broken.mend()
        await nothing_is_open(served)
        assert len(served.services.people) == 0
        assert len(erased_keys(served, directory)) == 1
        assert (await served.consent("ada", "given", "notifications")).status_code == 200
        permitted = {
            purpose for purpose, reason in (await permits(served, "ada")).items() if reason == "permitted"
        }
        assert permitted == {"notifications"}, "somebody new, who gave this only"
    async with inside(directory) as served:
        assert len(served.services.people) == 1, "and nobody is erased by a start"


async def test_an_erasure_that_fails_denies_the_linked_devices_too(directory: Path) -> None:
    async with inside(directory) as served:
        for who in ("ada", {"anonymous_id": "phone"}):
            await served.consent(who, "given")
        await served.consent("ada", "given", "linking")
        identify = {"type": "identify", "userId": "ada", "anonymousId": "phone", "messageId": "link"}
        assert (await served.batch([identify])).status_code == 200
        broken = break_the_list(served)
        asked = await served.http.post("/v1/rights", json={"subject": {"id": "ada"}, "type": "erasure"})
        assert asked.status_code == 503
        assert not any(served.services.people.mask)
        again = {**identify, "messageId": "again", "anonymousId": "tablet"}
        await served.batch([again])
        assert list(served.services.identities.linked) == [
            served.services.identities.ref_of(known=None, anonymous="phone")
        ]
        broken.mend()
        await nothing_is_open(served)
        assert len(served.services.people) == 0
        assert len(erased_keys(served, directory)) == 2


async def test_a_start_that_cannot_end_an_erasure_serves_nothing_of_the_person(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "no space")

    async with inside(directory) as served:
        await served.consent("ada", "given")
        monkeypatch.setattr(ErasedList, "_append", full)
        asked = await served.http.post("/v1/rights", json={"subject": {"id": "ada"}, "type": "erasure"})
        assert asked.status_code == 503
    async with inside(directory) as served:
        assert (await permits(served, "ada"))["recommendations"] == "refused"
        monkeypatch.undo()
        await nothing_is_open(served)
        assert len(served.services.people) == 0
        assert len(erased_keys(served, directory)) == 1


async def test_whatever_breaks_in_the_middle_of_an_erasure_it_is_ended_once(directory: Path) -> None:
    async with inside(directory, expects_faults=True) as served:
        await served.consent("ada", "given")
        broken = Breaking(served.services.rights._store, "go_on", StoreUnavailableError("down"))
        answer = await served.http.post("/v1/rights", json={"subject": {"id": "ada"}, "type": "erasure"})
        assert answer.status_code == 503
        assert len(served.services.people) == 0, "the person is gone, only the request does not know yet"
        [waiting] = (await served.http.get("/v1/rights")).json()["requests"]
        assert (waiting["type"], waiting["status"]) == ("erasure", "in_progress")
        broken.mend()
        await nothing_is_open(served)
        done = (await served.http.get(f"/v1/rights/{waiting['request_id']}")).json()
        assert done["status"] == "completed"
        [key] = erased_keys(served, directory)
        assert entry_at(served, done["audit"]).detail["key"] == key


async def test_whoever_must_end_sessions_learns_who_was_erased(directory: Path) -> None:
    async with inside(directory) as served:
        told: list[bytes] = []
        served.services.rights.when_erased(told.append)
        await served.consent("ada", "given")
        await ask(served, "ada", "erasure")
        await ask(served, "ada", "access")
        assert told == [served.services.identities.ref_of(known="ada", anonymous=None)]


async def test_only_an_administrator_sees_what_waits_and_whom_to_tell_by_hand(directory: Path) -> None:
    async with inside(directory) as served:
        pending = await ask(served, "ada-lovelace", "access", identity_confirmed=False)
        [listed] = (await served.http.get("/v1/rights")).json()["requests"]
        assert listed == pending
        assert "ada-lovelace" not in str(listed)
        given = (served.credentials["client_id"], served.credentials["client_secret"])
        form = {"grant_type": "client_credentials", "scope": "rights"}
        token = (await served.http.post("/oauth/token", auth=given, data=form)).json()["access_token"]
        bearer = {"authorization": f"Bearer {token}"}
        assert (await served.http.get("/v1/rights", headers=bearer)).status_code == 403
        path = f"/v1/rights/{pending['request_id']}"
        for act in ("refused", "extended"):
            body = {"act": act, "reason": "excessive"}
            assert (await served.http.post(f"{path}/steps", json=body, headers=bearer)).status_code == 403
        withdrawn = await served.http.post(f"{path}/steps", json={"act": "withdrawn"}, headers=bearer)
        assert withdrawn.json()["status"] == "withdrawn"


async def test_what_rests_on_a_contract_cannot_be_objected_to(directory: Path) -> None:
    initialise(directory)
    policy = directory / "policy.toml"
    bases = iter(["contract", "legitimate_interests"])
    text = policy.read_text()
    for purpose in ("analytics", "experiments"):
        before, after = text.split(f'id = "{purpose}"', 1)
        after = after.replace('legal_basis = "consent"', f'legal_basis = "{next(bases)}"', 1)
        text = before + f'id = "{purpose}"' + after
    policy.write_text(text)
    async with inside(directory) as served:
        await served.consent("ada", "given")
        refused = await ask(served, "ada", "objection", purpose="analytics")
        assert (refused["status"], refused["reason"]) == ("refused", "not_objectable")
        assert (await ask(served, "ada", "objection", purpose="experiments"))["status"] == "completed"
        await ask(served, "ada", "objection")
        reasons = await permits(served, "ada")
        assert (reasons["analytics"], reasons["experiments"]) == ("permitted", "refused")
        assert reasons["recommendations"] == "refused"


async def test_a_login_after_an_erasure_launders_no_refusal_either(directory: Path) -> None:
    async with inside(directory) as served:
        services = served.services
        phone = services.identities.ref_of(known=None, anonymous="phone")
        assert phone is not None
        refuse = ConsentRequest(
            purpose="recommendations", status=Status.REFUSED, method="banner", locale="en"
        )
        await services.desk.write(phone, refuse, ActorKind.PERSON, "banner")
        await ask(served, {"anonymous_id": "phone"}, "erasure")
        await served.consent("ada", "given")
        await served.consent("ada", "given", "linking")
        identify = {"type": "identify", "userId": "ada", "anonymousId": "phone", "messageId": "link"}
        assert (await served.batch([identify])).status_code == 200
        assert (await permits(served, "ada"))["recommendations"] == "refused"
