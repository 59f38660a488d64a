"""What a witness is asked, and what it answers: one function of the request, the keys it knows, and what it saw last.

It answers 200 only for a tree that continues the last one it cosigned. It never judges what a log says.

    400  not a request, or the old size is beyond the checkpoint
    404  of no log that it knows
    403  not signed by that log
    409  the old size is not that of the last checkpoint it cosigned; the answer says which is
    422  the new tree does not continue the old one

Source: c2sp.org/tlog-witness v1.0.0.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from audit.checkpoint import Checkpoint, parse_checkpoint
from audit.errors import NoteError
from audit.merkle import HASH_BYTES, verify_consistency
from audit.note import MAX_NOTE_BYTES, NoteVerifier, open_note, split_note

MAX_HASHES = 63
MAX_REQUEST_BYTES = MAX_NOTE_BYTES + 64 * (MAX_HASHES + 1)
SIZE_TYPE = "text/x.tlog.size"
_OLD = "old "


@dataclass(frozen=True, slots=True)
class Submission:
    """A checkpoint for a witness."""

    old: int
    """The size that the witness cosigned last, as the log believes."""
    proof: tuple[bytes, ...]
    """The consistency proof from there."""
    note: bytes
    """The signed checkpoint."""

    def text(self) -> bytes:
        """The body of `add-checkpoint`."""
        lines = [f"{_OLD}{self.old}", *(base64.b64encode(part).decode("ascii") for part in self.proof)]
        return ("\n".join(lines) + "\n\n").encode("ascii") + self.note


@dataclass(frozen=True, slots=True)
class Refused:
    """The witness gives no cosignature, and why."""

    status: int
    """The HTTP status to answer with."""
    size: int | None = None
    """With 409: of the last checkpoint that was cosigned."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """To be kept, durably, and then cosigned."""

    checkpoint: Checkpoint
    """What to cosign."""
    text: str
    """The same as it was signed."""


def read_submission(body: bytes) -> Submission | None:
    """Read the body of `add-checkpoint`; None if it is malformed."""
    head, separator, note = body.partition(b"\n\n")
    if len(body) > MAX_REQUEST_BYTES or not separator:
        return None
    try:
        first, *rest = head.decode("ascii").split("\n")
        proof = tuple(base64.b64decode(line, validate=True) for line in rest)
    except ValueError:
        return None
    number = first.removeprefix(_OLD)
    if not number.isdecimal() or len(number) > 19 or len(proof) > MAX_HASHES:
        return None
    submission = Submission(int(number), proof, note)
    is_exact = submission.text() == body and all(len(part) == HASH_BYTES for part in proof)
    return submission if is_exact else None


def judge_submission(
    submission: Submission | None, known: Sequence[NoteVerifier], last: Checkpoint | None
) -> Accepted | Refused:
    """Judge one request.

    Args:
        submission: what was asked; None for what could not be read.
        known: the keys of the logs that the witness observes.
        last: the last checkpoint of this origin that it cosigned.
    """
    if submission is None:
        return Refused(400)
    try:
        text, _ = split_note(submission.note)
    except NoteError:
        return Refused(400)
    origin = text.partition("\n")[0]
    keys = [key for key in known if key.name == origin]
    if not keys:
        return Refused(404)
    try:
        open_note(submission.note, keys)
    except NoteError:
        return Refused(403)
    try:
        checkpoint = parse_checkpoint(text)
    except NoteError:
        return Refused(422 if text.split("\n")[1:2] == ["0"] else 400)
    return _judge_growth(submission, Accepted(checkpoint, text), last)


def origin_of(submission: Submission | None) -> str | None:
    """The log that a request is about; None if it names none."""
    if submission is None:
        return None
    try:
        return split_note(submission.note)[0].partition("\n")[0]
    except NoteError:
        return None


def _judge_growth(submission: Submission, accepted: Accepted, last: Checkpoint | None) -> Accepted | Refused:
    checkpoint, old = accepted.checkpoint, submission.old
    if old > checkpoint.size:
        return Refused(400)
    held = 0 if last is None else last.size
    if old != held:
        return Refused(409, held)
    if old == 0 or last is None:
        return accepted if not submission.proof else Refused(422)
    grows = verify_consistency(old, checkpoint.size, last.root, checkpoint.root, submission.proof)
    return accepted if grows else Refused(422)
