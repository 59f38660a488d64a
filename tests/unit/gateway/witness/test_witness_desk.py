"""A witness never cosigns two histories: whatever is asked at once, whatever fails, whenever it is started again."""

from __future__ import annotations

import threading
from pathlib import Path

import httpx
import pytest

from audit import CorruptionError, LockedError, open_note, parse_checkpoint, split_note, time_cosigned
from gateway.witness.seen import SeenFiles, origin_hash
from tests.unit.audit.logs import SIGNER
from tests.unit.gateway.witness.witness_room import AT, FORKED, Witness, submission, tree


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness(tmp_path / "witness")


def held(witness: Witness) -> int:
    note = witness.desk.latest(origin_hash(SIGNER.name))
    return 0 if note is None else parse_checkpoint(open_note(note, [SIGNER.verifier]).text).size


def test_what_is_cosigned_was_kept_with_both_signatures(witness: Witness) -> None:
    answer = witness.desk.add_checkpoint(submission(0, 5))
    assert (answer.status, answer.media_type) == (200, "text/plain; charset=utf-8")
    note = witness.desk.latest(origin_hash(SIGNER.name))
    assert note is not None
    opened = open_note(note, [SIGNER.verifier, witness.signer.verifier])
    assert parse_checkpoint(opened.text) == tree(5)
    assert len(opened.verified) == 2
    assert note.endswith(answer.body)


def test_another_size_is_told_with_its_own_media_type(witness: Witness) -> None:
    witness.desk.add_checkpoint(submission(0, 5))
    answer = witness.desk.add_checkpoint(submission(0, 9))
    assert (answer.status, answer.body, answer.media_type) == (409, b"5\n", "text/x.tlog.size")


def test_what_cannot_be_kept_is_not_cosigned(witness: Witness, monkeypatch: pytest.MonkeyPatch) -> None:
    witness.desk.add_checkpoint(submission(0, 5))

    def fail(name: str, note: bytes) -> None:
        raise OSError(28, "no space")

    with monkeypatch.context() as patched:
        patched.setattr(witness.seen, "keep", fail)
        with pytest.raises(OSError, match="no space"):
            witness.desk.add_checkpoint(submission(5, 9))
    assert held(witness) == 5
    assert witness.desk.add_checkpoint(submission(5, 9)).status == 200


def test_started_again_it_remembers(tmp_path: Path) -> None:
    first = Witness(tmp_path)
    first.desk.add_checkpoint(submission(0, 7))
    first.seen.close()
    second = Witness(tmp_path)
    assert second.desk.add_checkpoint(submission(0, 7, FORKED)).status == 409
    assert second.desk.add_checkpoint(submission(7, 7, FORKED)).status == 422
    assert second.desk.add_checkpoint(submission(7, 20)).status == 200


def test_two_processes_cannot_have_it(tmp_path: Path) -> None:
    first = SeenFiles(tmp_path)
    with pytest.raises(LockedError):
        SeenFiles(tmp_path)
    first.close()
    SeenFiles(tmp_path).close()


@pytest.mark.parametrize("content", [b"", b"not a note", b"x" * 70_000])
def test_what_it_cannot_read_is_not_taken_for_a_log_never_seen(witness: Witness, content: bytes) -> None:
    witness.desk.add_checkpoint(submission(0, 5))
    witness.seen.keep(origin_hash(SIGNER.name), content)
    with pytest.raises(CorruptionError):
        witness.desk.add_checkpoint(submission(0, 5, FORKED))


def test_a_clock_that_goes_back_does_not_date_a_longer_tree_before_a_shorter_one(witness: Witness) -> None:
    def time_of(body: bytes) -> int:
        note = split_note(witness.desk.latest(origin_hash(SIGNER.name)) or b"")
        assert body.decode().rstrip("\n") in (witness.desk.latest(origin_hash(SIGNER.name)) or b"").decode()
        return max(time_cosigned(each) for each in note[1] if each.name == witness.signer.verifier.name)

    first = time_of(witness.desk.add_checkpoint(submission(0, 5)).body)
    witness.now -= 3600
    second = time_of(witness.desk.add_checkpoint(submission(5, 9)).body)
    assert (first, second) == (AT, AT)


def test_of_two_requests_at_once_none_rolls_the_other_back(witness: Witness) -> None:
    """C2SP's race: N and N+K are both checked against the same old size; only one of them may be kept."""
    witness.desk.add_checkpoint(submission(0, 5))
    bodies = [submission(5, size) for size in range(6, 106)]
    answers: list[tuple[int, int]] = []
    ready = threading.Barrier(10)

    def ask(mine: list[bytes], sizes: list[int]) -> None:
        ready.wait()
        for body, size in zip(mine, sizes, strict=True):
            answers.append((size, witness.desk.add_checkpoint(body).status))

    threads = [
        threading.Thread(target=ask, args=(bodies[n::10], list(range(6, 106))[n::10])) for n in range(10)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    accepted = [size for size, status in answers if status == 200]
    assert len(answers) == 100
    assert len(accepted) == 1
    assert held(witness) == accepted[0]


@pytest.mark.asyncio
async def test_over_http(witness: Witness) -> None:
    async with witness.client() as client:
        name = origin_hash(SIGNER.name)
        assert (await client.get(f"/{name}/checkpoint")).status_code == 404
        assert (await client.post("/add-checkpoint", content=submission(0, 5))).status_code == 200
        assert (await client.get(f"/{name}/checkpoint")).content == witness.desk.latest(name)
        assert (await client.get(f"/{'0' * 64}/checkpoint")).status_code == 404
        assert (await client.get("/lock/checkpoint")).status_code == 404
        conflict = await client.post("/add-checkpoint", content=submission(0, 9))
        assert (conflict.status_code, conflict.headers["content-type"]) == (409, "text/x.tlog.size")
        assert (await client.post("/add-checkpoint", content=b"x" * 200_000)).status_code == 413
        assert (await client.post("/add-checkpoint", content=b"x")).status_code == 400
        assert (await client.get("/witness.vkey")).text == f"{witness.signer.verifier.vkey}\n"
        witness.seen.keep(name, b"lost")
        answer: httpx.Response = await client.post("/add-checkpoint", content=submission(0, 9))
        assert answer.status_code == 503
