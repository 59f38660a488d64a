"""What a witness answers: the cases of its specification, one by one."""

from __future__ import annotations

import base64

import pytest

from audit import (
    Accepted,
    Checkpoint,
    NoteSigner,
    Refused,
    Submission,
    hash_leaf,
    judge_submission,
    origin_of,
    prove_consistency,
    read_submission,
    root_of,
    sign_checkpoint,
    subtree_of,
)

LOG = NoteSigner.from_seed("gateway.example/audit/r1", bytes([7]) * 32)
NEXT_KEY = NoteSigner.from_seed("gateway.example/audit/r1", bytes([6]) * 32)
OTHER = NoteSigner.from_seed("gateway.example/audit/r2", bytes([5]) * 32)
LEAVES = [hash_leaf(str(number).encode()) for number in range(40)]
KNOWN = [LOG.verifier]


def tree(size: int) -> Checkpoint:
    return Checkpoint(LOG.name, size, root_of(LEAVES[:size]))


def submission(old: int, size: int, signer: NoteSigner = LOG) -> Submission:
    proof = prove_consistency(old, size, subtree_of(LEAVES)) if 0 < old < size else []
    checkpoint = Checkpoint(signer.name, size, root_of(LEAVES[:size]))
    return Submission(old, tuple(proof), sign_checkpoint(checkpoint, signer))


def judge(asked: Submission, last: Checkpoint | None = None) -> Accepted | Refused:
    return judge_submission(read_submission(asked.text()), KNOWN, last)


@pytest.mark.parametrize(("old", "size"), [(0, 0), (0, 1), (0, 40), (1, 2), (7, 40), (32, 33), (40, 40)])
def test_a_tree_that_continues_the_last_one_is_accepted(old: int, size: int) -> None:
    answer = judge(submission(old, size), tree(old) if old else None)
    assert isinstance(answer, Accepted)
    assert answer.checkpoint == tree(size)
    assert answer.text == tree(size).text()


def test_another_old_size_is_told_the_right_one() -> None:
    assert judge(submission(3, 9), tree(5)) == Refused(409, 5)
    assert judge(submission(0, 9), tree(5)) == Refused(409, 5)
    assert judge(submission(3, 9), None) == Refused(409, 0)


def test_an_older_tree_is_never_cosigned_again() -> None:
    assert judge(submission(5, 9), tree(20)) == Refused(409, 20)
    assert judge(Submission(20, (), submission(0, 9).note), tree(20)) == Refused(400)


def test_a_fork_is_refused() -> None:
    forked = Checkpoint(LOG.name, 9, root_of(LEAVES[1:10]))
    note = sign_checkpoint(forked, LOG)
    proof = submission(5, 9).proof
    assert judge(Submission(5, proof, note), tree(5)) == Refused(422)
    assert judge(Submission(9, (), note), tree(9)) == Refused(422)


def test_a_proof_too_many_is_refused() -> None:
    asked = submission(5, 9)
    assert judge(Submission(5, (*asked.proof, bytes(32)), asked.note), tree(5)) == Refused(422)
    assert judge(Submission(0, (bytes(32),), asked.note), None) == Refused(422)
    assert judge(Submission(5, asked.proof[1:], asked.note), tree(5)) == Refused(422)


def test_the_log_must_be_known_and_must_have_signed() -> None:
    assert judge(submission(0, 4, OTHER)) == Refused(404)
    assert judge(submission(0, 4, NEXT_KEY)) == Refused(403)
    asked = submission(0, 4)
    at = asked.note.index(b"\n4\n") + 1
    changed = asked.note[:at] + b"5" + asked.note[at + 1 :]
    assert judge(Submission(0, (), changed)) == Refused(403)


def test_while_keys_change_either_is_enough() -> None:
    both = [LOG.verifier, NEXT_KEY.verifier]
    for signer in (LOG, NEXT_KEY):
        assert isinstance(judge_submission(submission(0, 4, signer), both, None), Accepted)


def test_an_empty_tree_has_one_root() -> None:
    text = f"{LOG.name}\n0\n{base64.b64encode(bytes(32)).decode()}\n"
    assert judge(Submission(0, (), LOG.sign(text))) == Refused(422)


def test_a_checkpoint_in_another_spelling_is_refused() -> None:
    extended = LOG.sign(tree(4).text() + "extension\n")
    assert judge(Submission(0, (), extended)) == Refused(400)


GOOD = submission(5, 9).text()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n\n",
        GOOD.replace(b"old 5", b"old 05"),
        GOOD.replace(b"old 5", b"old -5"),
        GOOD.replace(b"old 5", b"old  5"),
        GOOD.replace(b"old 5", b"old 5 "),
        GOOD.replace(b"old 5", b"new 5"),
        GOOD.replace(b"old 5", b"old " + b"9" * 30),
        GOOD.replace(b"old 5\n", b"old 5\r\n"),
        GOOD.replace(b"old 5\n", b"old 5\nAAAA\n"),
        GOOD.replace(b"old 5\n", b"old 5\n!\n"),
        GOOD.replace(b"old 5\n", b"old 5\n" + (b"A" * 43 + b"=\n") * 64),
        b"old 5\n\n" + b"x" * 100_000,
    ],
)
def test_what_is_no_request_is_refused(body: bytes) -> None:
    assert read_submission(body) is None
    assert origin_of(read_submission(body)) is None
    assert judge_submission(None, KNOWN, None) == Refused(400)


def test_a_request_about_no_note_is_refused() -> None:
    asked = read_submission(b"old 0\n\nnot a note\n")
    assert asked is not None
    assert origin_of(asked) is None
    assert judge_submission(asked, KNOWN, None) == Refused(400)


def test_a_request_names_its_log() -> None:
    assert origin_of(read_submission(GOOD)) == LOG.name
