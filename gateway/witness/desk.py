"""The witness: it looks at one checkpoint at a time, keeps what it accepts, and only then cosigns it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock

from audit import (
    SIZE_TYPE,
    Accepted,
    Checkpoint,
    CorruptionError,
    CosignatureSigner,
    NoteError,
    NoteVerifier,
    Refused,
    judge_submission,
    open_note,
    origin_of,
    parse_checkpoint,
    parse_signature_line,
    read_submission,
    time_cosigned,
)
from gateway.witness.seen import SeenFiles, origin_hash

TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class WitnessAnswer:
    """An HTTP answer."""

    status: int
    """The HTTP status to answer with."""
    body: bytes = b""
    """What it says."""
    media_type: str = TEXT
    """What that is."""


@dataclass(frozen=True, slots=True)
class _Last:
    """What was cosigned last of a log."""

    checkpoint: Checkpoint | None = None
    at: int = 0
    """When it was cosigned (unix seconds)."""


class WitnessDesk:
    """Takes checkpoints of the logs it knows. From any thread; one at a time, so that nobody overtakes anybody."""

    def __init__(
        self,
        signer: CosignatureSigner,
        logs: Sequence[NoteVerifier],
        seen: SeenFiles,
        clock: Callable[[], float],
    ) -> None:
        """Cosign with `signer` what the `logs` sign (several keys of one origin: while they change); `clock` in unix seconds."""
        self._signer = signer
        self._logs = tuple(logs)
        self._seen = seen
        self._clock = clock
        self._turn = Lock()

    def add_checkpoint(self, body: bytes) -> WitnessAnswer:
        """Answer one `add-checkpoint`. What it answers 200 to is durable before.

        Raises:
            OSError: it could not be kept; nothing was cosigned.
            CorruptionError: what was kept of this log cannot be read: it must not be taken for a log never seen.
        """
        submission = read_submission(body)
        origin = origin_of(submission)
        with self._turn:
            last = _Last() if origin is None else self._last(origin)
            judged = judge_submission(submission, self._logs, last.checkpoint)
            if isinstance(judged, Refused):
                return _refusal(judged)
            assert submission is not None  # what cannot be read is refused
            return WitnessAnswer(200, self._cosign(judged, submission.note, last.at))

    def latest(self, name: str) -> bytes | None:
        """The last cosigned checkpoint of the log of this origin hash; None if there is none."""
        known = any(name == origin_hash(log.name) for log in self._logs)
        return self._seen.read(name) if known else None

    def _cosign(self, judged: Accepted, note: bytes, not_before: int) -> bytes:
        at = max(int(self._clock()), not_before, 1)
        line = self._signer.cosign(judged.text, at)
        keys = [log for log in self._logs if log.name == judged.checkpoint.origin]
        ours = {(each.name, each.key_id) for each in open_note(note, keys).verified}
        kept = [text for text in note.decode().rpartition("\n\n")[2].splitlines() if _key_of(text) in ours]
        whole = judged.text + "\n" + "".join(f"{text}\n" for text in kept)
        self._seen.keep(origin_hash(judged.checkpoint.origin), whole.encode() + line)
        return line

    def _last(self, origin: str) -> _Last:
        note = self._seen.read(origin_hash(origin))
        if note is None:
            return _Last()
        try:
            opened = open_note(note, [self._signer.verifier])
            checkpoint = parse_checkpoint(opened.text)
        except NoteError as exc:
            raise CorruptionError("what the witness kept of a log cannot be read") from exc
        if checkpoint.origin != origin:
            raise CorruptionError("what the witness kept of a log is of another")
        return _Last(checkpoint, time_cosigned(opened.verified[0]))


def _key_of(line: str) -> tuple[str, bytes]:
    signature = parse_signature_line(line)
    return signature.name, signature.key_id


def _refusal(refused: Refused) -> WitnessAnswer:
    if refused.size is None:
        return WitnessAnswer(refused.status)
    return WitnessAnswer(refused.status, f"{refused.size}\n".encode(), SIZE_TYPE)
