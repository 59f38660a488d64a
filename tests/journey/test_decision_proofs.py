"""The proof of a decision: for the person whom it was about, for an officer, for nobody else; checked with what is in it alone."""

from __future__ import annotations

import asyncio
import base64
import io
import zipfile
from pathlib import Path

import httpx
import pytest

from audit import (
    DecisionProof,
    NoteVerifier,
    ProofError,
    hash_leaf,
    published_entries,
    read_checkpoint,
    read_proof,
    read_trust_policy,
    verify_consistency,
    verify_decision,
)
from gateway.cli import main
from gateway.cli.printing import when
from gateway.deciding.answers import read_payload
from gateway.decision_proofs.bundle import read_proof_bundle
from tests.journey.in_process import Inside, inside
from tests.journey.shop import view

ADA, BOB = {"anonymous_id": "ada-lovelace"}, {"anonymous_id": "bob"}


async def token(served: Inside, who: dict[str, str]) -> dict[str, str]:
    answer = await served.http.post("/v1/device-tokens", json=who)
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


async def proof(served: Inside, decision: str, headers: dict[str, str] | None = None) -> httpx.Response:
    return await served.http.get(f"/v1/decisions/{decision}/proof", headers=headers)


async def test_a_device_keeps_the_proof_of_what_it_was_shown_before_it_was_linked(tmp_path: Path) -> None:
    async with inside(tmp_path / "volens") as served:
        await served.stock()
        await served.consent(ADA, "given")
        before, theirs = await served.decide(ADA), await token(served, ADA)
        for purpose in ("recommendations", "linking"):
            await served.consent("grace", "given", purpose)
        await served.batch([{"type": "identify", "userId": "grace", "anonymousId": ADA["anonymous_id"]}])
        after = await served.decide(ADA)
        for decided in (before, after):
            assert (await proof(served, decided["decision_id"], theirs)).status_code == 200
            told = await served.http.get(f"/v1/decisions/{decided['decision_id']}", headers=theirs)
            assert told.json()["reason"] == decided["reason"]
        stranger = await token(served, BOB)
        assert (await proof(served, before["decision_id"], stranger)).status_code == 404


async def test_a_token_that_decide_alone_made_opens_nothing_of_whom_its_browser_is_linked_to(
    tmp_path: Path,
) -> None:
    async with inside(tmp_path / "volens") as served:
        await served.stock()
        app = {"authorization": f"Bearer {await served.token('decide')}"}
        made = await served.http.post("/v1/device-tokens", json=ADA, headers=app)
        narrow = {"authorization": f"Bearer {made.json()['access_token']}"}
        for who in (ADA, "grace"):
            await served.consent(who, "given")
        await served.consent("grace", "given", "linking")

        async def opened(decision: str) -> list[int]:
            why = await served.http.get(f"/v1/decisions/{decision}", headers=narrow)
            return [why.status_code, (await proof(served, decision, narrow)).status_code]

        async def wished(wish: str) -> int:
            body = {"subject": ADA, "wish": wish, **({"item": "item-1"} if wish == "less_like_this" else {})}
            return (await served.http.post("/v1/controls", json=body, headers=narrow)).status_code

        its_own, graces = await served.decide(ADA), await served.decide("grace")
        assert await wished("less_like_this") == 200, "a browser that is nobody else's speaks for itself"
        identify = {"type": "identify", "userId": "grace", "anonymousId": ADA["anonymous_id"]}
        await served.batch([identify])
        since = await served.decide(ADA)
        assert await opened(its_own["decision_id"]) == [200, 200]
        assert [await opened(each["decision_id"]) for each in (graces, since)] == [[404, 404]] * 2
        for wish in ("less_like_this", "reset", "pause"):
            assert await wished(wish) == 403
        assert (await served.decide("grace"))["reason"] == graces["reason"]
        await served.consent("grace", "withdrawn", "linking")
        assert await wished("less_like_this") == 200


async def test_the_person_has_a_proof_that_holds_offline(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = tmp_path / "volens"
    async with inside(directory) as served:
        await served.stock()
        await served.consent(ADA, "given")
        await served.batch([{**view("x", 1), "anonymousId": "ada-lovelace"}])
        decided = await served.decide(ADA)
        answer = await proof(served, decided["decision_id"], await token(served, ADA))
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "private, no-store"
        again = await proof(served, decided["decision_id"], await token(served, ADA))
        assert len(again.content) > 1000
        key = (await served.http.get("/log/log.vkey")).text.strip()
    bundle = read_proof_bundle(answer.content)
    alone = read_trust_policy(f"log {key}\nquorum none\n".encode())
    proven = verify_decision(bundle.shown, alone, accept_unwitnessed=True)
    assert proven.index == decided["audit"]["index"]
    assert proven.entry.outcome.reason == decided["reason"]
    payload = read_payload(bundle.shown.payload)
    assert [bundle.items[item] for item in payload.items] == [each["id"] for each in decided["items"]]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert sorted(archive.namelist()) == [
            "decision.tlog-proof",
            "entry.json",
            "opening.json",
            "policy.txt",
            "verify.html",
        ]
        assert b"ada-lovelace" not in b"".join(archive.read(name) for name in archive.namelist())

    file, policy = tmp_path / "proof.zip", tmp_path / "policy.txt"
    file.write_bytes(answer.content)
    policy.write_text(f"log {key}\nquorum none\n")
    accept = "--accept-unwitnessed"
    for given in ([], ["--policy", str(policy)]):
        assert await asyncio.to_thread(main, ["audit", "proof", str(file), *given]) == 1
        told = capsys.readouterr()
        assert "volens: unwitnessed: " in told.err
        assert "OK " not in told.out
        assert await asyncio.to_thread(main, ["audit", "proof", str(file), accept, *given]) == 0
        told = capsys.readouterr()
        assert "unwitnessed: nobody but the log says so" in told.out
        assert f'decided   {when(payload.at)} at placement "home"' in told.out
        assert [f"called {each['id']}" in told.out for each in decided["items"]].count(False) == 0
        assert ("compare them" in told.out) is (given == [])
    stranger = NoteVerifier("volens.local/another", bytes(32)).vkey
    policy.write_text(f"log {stranger}\nquorum none\n")
    assert await asyncio.to_thread(main, ["audit", "proof", str(file), "--policy", str(policy)]) == 1
    assert "not signed by a log that is believed" in capsys.readouterr().err


OTHER_SPELLINGS = (
    "/log/consistency/1.0/5",
    "/log/consistency/01/5",
    "/log/consistency/1/%2B5",
    "/log/proof/07",
)


async def test_absent_and_somebody_elses_look_alike(tmp_path: Path) -> None:
    async with inside(tmp_path / "volens") as served:
        await served.stock()
        for who in (ADA, BOB):
            await served.consent(who, "given")
        decided = await served.decide(ADA)
        nobodys = await served.decide({"anonymous_id": "stranger"})
        bob = await token(served, BOB)
        client = (
            await served.http.post(
                "/oauth/token",
                auth=(served.credentials["client_id"], served.credentials["client_secret"]),
                data={"grant_type": "client_credentials", "scope": "decide"},
            )
        ).json()["access_token"]
        answers = [
            await proof(served, decided["decision_id"], bob),
            await proof(served, nobodys["decision_id"], bob),
            await proof(served, "0" * 32, bob),
            await proof(served, "nonsense", bob),
            await proof(served, "nonsense"),
            await proof(served, decided["decision_id"], {"authorization": f"Bearer {client}"}),
        ]
        said = [{**answer.json(), "instance": ""} for answer in answers]
        assert [answer.status_code for answer in answers] == [404] * len(answers)
        assert all(each == said[0] for each in said)
        anonymous = await proof(served, decided["decision_id"], {"authorization": ""})
        assert anonymous.status_code == 401


async def test_an_apps_credential_has_the_proof_of_nobodys_decision_and_of_no_persons(tmp_path: Path) -> None:
    async with inside(tmp_path / "volens") as served:
        await served.stock()
        await served.consent("eve", "given")
        decided, nobodys = await served.decide("eve"), await served.decide("stranger")
        answer = await proof(served, nobodys["decision_id"])
        assert answer.status_code == 200
        bundle = read_proof_bundle(answer.content)
        policy = read_trust_policy(bundle.policy)
        verified = verify_decision(bundle.shown, policy, accept_unwitnessed=True)
        assert verified.index == nobodys["audit"]["index"]
        somebodys, absent = [await proof(served, each) for each in (decided["decision_id"], "no-decision")]
        assert (somebodys.status_code, absent.status_code) == (404, 404)
        said, nothing = ({**each.json(), "instance": ""} for each in (somebodys, absent))
        assert said == nothing


async def test_proofs_of_the_tree_are_for_everybody(tmp_path: Path) -> None:
    async with inside(tmp_path / "volens") as served:
        await served.stock()
        for number in range(20):
            await served.decide(f"person-{number}")
        size = served.services.sequencer.size
        await served.services.published.wait_for(size - 1)
        verifier = served.services.published.verifier()
        checkpoint = read_checkpoint((await served.http.get("/log/checkpoint")).content, verifier)
        entries = [entry for _, entry in published_entries(tmp_path / "volens" / "log")]
        served.http.headers.pop("authorization")
        answer = await served.http.get("/log/proof/7")
        read = read_proof(answer.content)
        assert (read.index, answer.status_code) == (7, 200)
        assert answer.headers["content-type"].startswith("text/plain")
        assert hash_leaf(entries[7]) not in read.hashes
        assert served.services.published.root_at(checkpoint.size) == checkpoint.root
        for old, new in ((1, checkpoint.size), (checkpoint.size, checkpoint.size), (3, 11), (8, 19)):
            lines = (await served.http.get(f"/log/consistency/{old}/{new}")).text.split()
            before, then = (served.services.published.root_at(each) for each in (old, new))
            hashes = [base64.b64decode(line) for line in lines]
            assert verify_consistency(old, new, before, then, hashes)
        for path in (
            "/log/proof/99999",
            "/log/consistency/0/3",
            "/log/consistency/4/3",
            "/log/consistency/3/99999",
        ):
            assert (await served.http.get(path)).status_code == 404
        for path in ("/log/proof/-1", "/log/proof/x", "/log/consistency/1/x", *OTHER_SPELLINGS):
            assert (await served.http.get(path)).status_code == 422


def test_what_is_no_proof_is_refused(tmp_path: Path) -> None:
    good = {"entry.json": b"{}", "opening.json": b"{}", "decision.tlog-proof": b"", "policy.txt": b""}

    def zipped(**changes: bytes | None) -> bytes:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in {**good, **changes}.items():
                if content is not None:
                    archive.writestr(name, content)
        return packed.getvalue()

    opening = b'{"format":"volens-decision-proof/v1","items":{},"opening":"00","payload":""}'
    assert read_proof_bundle(zipped(**{"opening.json": opening})).shown == DecisionProof(
        b"", b"\0", b"{}", b""
    )
    for data in (
        b"",
        b"PK",
        zipped(),
        zipped(**{"opening.json": None}),
        zipped(**{"opening.json": b"[]"}),
        zipped(**{"opening.json": b"[" * 100_000}),
        zipped(**{"opening.json": opening.replace(b"v1", b"v2")}),
        zipped(**{"opening.json": opening.replace(b'"00"', b'"0x"')}),
        zipped(**{"opening.json": opening.replace(b'payload":""', b'payload":"!"')}),
        zipped(**{"opening.json": opening, "entry.json": b"\0" * 2_000_000}),
        zipped(**{"opening.json": opening})[:-30],
    ):
        with pytest.raises(ProofError):
            read_proof_bundle(data)
