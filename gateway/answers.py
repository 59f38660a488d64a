"""What the app is told: the answer's JSON from prebuilt parts, and the payload that the log's commitment binds.

The answer is built by hand because it is the hottest text of the house (2 microseconds instead of 20); every id in it was
JSON-encoded when the item came in. Scores and addends are integers: a reason's addend is the literal part of the score.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable
from functools import lru_cache

import msgspec

from audit import Outcome
from gateway.errors import PayloadError
from scoring import Catalogue, DrawnSlate, Model, Placement, Ranked

PAYLOAD_VERSION = 1

_pack = msgspec.msgpack.Encoder().encode


class DecisionPayload(msgspec.Struct, array_like=True, frozen=True):
    """What the commitment of a decision binds: enough to say what was shown, why, and by what."""

    version: int
    """PAYLOAD_VERSION."""
    at: int
    """When (unix seconds, exact)."""
    placement: str
    """Where."""
    outcome: str
    """`audit.Outcome` value."""
    model_version: int
    """Which model (its digest is in the entry)."""
    items: list[int]
    """What was shown: permanent item indices, in order."""
    scores: list[int]
    """Their scores; 0 where the item was filled in as popular."""
    because: list[int]
    """The history item with the largest addend, -1 for none."""
    addends: list[int]
    """That addend."""
    drawn: DrawnSlate | None = None
    """How the first places were drawn, where the placement explores."""


_unpack = msgspec.msgpack.Decoder(DecisionPayload).decode


def read_payload(payload: bytes) -> DecisionPayload:
    """Read an opened payload.

    Raises:
        PayloadError: it is not one.
    """
    try:
        return _unpack(payload)
    except msgspec.DecodeError as exc:
        raise PayloadError from exc


class AnswerWriter:
    """Writes answers and payloads."""

    def __init__(self, catalogue: Catalogue, origin: str, decision_id: Callable[[int], str]) -> None:
        """Answer with items of `catalogue`, naming the log `origin`; `decision_id` names an entry to the app."""
        self._ids = catalogue.id_json
        self._origin = origin
        self._decision_id = decision_id
        self._about = lru_cache(maxsize=256)(_about)

    def payload(
        self, slate: Ranked, limit: int, placement: str, outcome: Outcome, model: Model, now: int
    ) -> bytes:
        """The bytes that a decision's commitment binds."""
        said = (
            PAYLOAD_VERSION,
            now,
            placement,
            outcome.value,
            model.version,
            slate.items[:limit],
            slate.scores[:limit],
            slate.because[:limit],
            slate.addends[:limit],
        )
        return _pack(said if slate.drawn is None else (*said, slate.drawn))

    def write(
        self,
        slate: Ranked,
        limit: int,
        placement: Placement,
        outcome: Outcome,
        model: Model,
        index: int | None,
    ) -> bytes:
        """The answer. Without an index there is no evidence: `audit` and `decision_id` are null."""
        ids = self._ids
        items = ",".join(
            [
                f'{{"id":{ids[item]},"score":{score},"reasons":[{{"kind":"history","because":{ids[because]},'
                f'"addend":{addend}}}]}}'
                if because >= 0
                else f'{{"id":{ids[item]},"score":{score},"reasons":[{{"kind":"popular"}}]}}'
                for item, score, because, addend in zip(
                    slate.items[:limit], slate.scores, slate.because, slate.addends, strict=False
                )
            ]
        )
        if index is None:
            head, audit = "null", "null"
        else:
            head, audit = f'"{self._decision_id(index)}"', f'{{"log":"{self._origin}","index":{index}}}'
        before, after = self._about(placement, outcome, model.version, model.digest, model.scale)
        return f'{{"decision_id":{head}{before}{items}{after}{audit}}}'.encode()


def _about(
    placement: Placement, outcome: Outcome, version: int, digest: bytes, scale: int
) -> tuple[str, str]:
    """The parts of an answer that many have in common: what stands before its items, and what after them.

    NOTE: it is given no model, because what is remembered would keep a retired one alive.
    """
    personalised = "true" if outcome is Outcome.PERSONALISED else "false"
    before = (
        f',"personalised":{personalised},"placement":"{placement.id}","purpose":"{placement.purpose}",'
        f'"reason":"{outcome.reason}","items":['
    )
    after = f'],"model":{{"version":{version},"digest":"{digest_text(digest)}","scale":{scale}}},"audit":'
    return before, after


def digest_text(digest: bytes) -> str:
    """A digest as it stands in answers and entries: base64url without padding."""
    return binascii.b2a_base64(digest, newline=False).translate(_URL_SAFE).rstrip(b"=").decode()


_URL_SAFE = bytes.maketrans(b"+/", b"-_")
