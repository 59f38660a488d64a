"""What the app is told: the answer's JSON from prebuilt parts, and the payload that the log's commitment binds.

The answer is built by hand because it is the hottest text of the house (2 microseconds instead of 20); every id in it was
JSON-encoded when the item came in. Scores and addends are integers: a reason's addend is the literal part of the score.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable, Sequence
from functools import lru_cache

import msgspec

from audit import Outcome
from gateway.deciding.asked import Asked
from gateway.deciding.offers import HeldOffer
from gateway.errors import PayloadError
from scoring import Catalogue, DrawnSlate, Model, Part, Ranked

PAYLOAD_VERSION = 1
"""Of an ordinary slate."""
COMPOSED_VERSION = 2
"""Of a slate that was composed: two members more."""
OFFERING_VERSION = 3
"""Of a slate with offers: one member more, after those of a composed one."""

_pack = msgspec.msgpack.Encoder().encode
_json = msgspec.json.Encoder().encode


class DecisionPayload(msgspec.Struct, array_like=True, frozen=True):
    """What the commitment of a decision binds: enough to say what was shown, why, and by what."""

    version: int
    """PAYLOAD_VERSION, COMPOSED_VERSION or OFFERING_VERSION."""
    at: int
    """When (unix seconds, exact)."""
    placement: str
    """Where the slate was shown."""
    outcome: str
    """What came of it: a value of `audit.Outcome`."""
    model_version: int
    """Which model (its digest is in the entry)."""
    items: list[int]
    """What was shown: permanent item indices, in order."""
    scores: list[int]
    """Their scores; 0 where the item was filled in as popular."""
    because: list[int]
    """The history item with the largest addend, -1 for none."""
    addends: list[int]
    """The value of that addend."""
    drawn: DrawnSlate | None = None
    """How the first places were drawn, where the placement explores."""
    parts: list[list[Part]] | None = None
    """Every part of each score, if the slate was composed."""
    withheld: tuple[str, ...] = ()
    """Fields of the question that were not used."""
    offers: tuple[HeldOffer, ...] = ()
    """What the person held, if they held any and it was asked for."""

    def parts_at(self, place: int) -> list[Part]:
        """Everything that is known of why an item stands at a place; the addends sum to its score."""
        if self.parts is not None:
            return self.parts[place]
        because, addend, score = self.because[place], self.addends[place], self.scores[place]
        if because < 0:
            return [Part("popular")]
        rest = [Part("history", -1, score - addend)] if score > addend else []
        return [Part("history", because, addend), *rest]


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
        self._raw_ids = catalogue.ids
        self._origin = origin
        self._decision_id = decision_id
        self._about = lru_cache(maxsize=256)(_about)

    def payload(self, asked: Asked, model: Model, now: int) -> bytes:
        """The bytes that a decision's commitment binds."""
        slate, limit, outcome = asked.slate, asked.limit, asked.outcome
        offers = () if asked.offers is None else asked.offers.held
        said = (
            OFFERING_VERSION if offers else PAYLOAD_VERSION if slate.parts is None else COMPOSED_VERSION,
            now,
            asked.placement.id,
            outcome.value,
            model.version,
            slate.items[:limit],
            slate.scores[:limit],
            slate.because[:limit],
            slate.addends[:limit],
        )
        if offers:
            return _pack((*said, slate.drawn, slate.parts, slate.withheld, offers))
        if slate.parts is not None:
            return _pack((*said, slate.drawn, slate.parts, slate.withheld))
        return _pack(said if slate.drawn is None else (*said, slate.drawn))

    def write(self, asked: Asked, slate: Ranked, outcome: Outcome, model: Model, index: int | None) -> bytes:
        """The answer. Without an index there is no evidence: `audit` and `decision_id` are null, and nothing is offered."""
        limit, placement = asked.limit, asked.placement
        items = self._plain(slate, limit) if slate.parts is None else self._composed(slate, slate.parts)
        if index is None:
            head, audit = "null", "null"
        else:
            head, audit = f'"{self._decision_id(index)}"', f'{{"log":"{self._origin}","index":{index}}}'
        before, after = self._about(
            placement.id, placement.purpose, outcome, model.version, model.digest, model.scale
        )
        unused = f',"withheld":{_encode(slate.withheld)}' if slate.withheld else ""
        if slate.drawn is not None and slate.drawn.chosen:
            unused += f',"drawn":{min(len(slate.drawn.chosen), limit)}'
        if asked.offers is not None:
            held = () if index is None else asked.offers.held
            unused += f',"offers":{_encode([each.as_told() for each in held])}'
        return f'{{"decision_id":{head}{before}{items}{after}{audit}{unused}}}'.encode()

    def _plain(self, slate: Ranked, limit: int) -> str:
        """An ordinary slate: its strongest addend, and what the others come to. Written out, because a call an item is dear."""
        ids = self._ids
        return ",".join(
            [
                f'{{"id":{ids[item]},"score":{score},"reasons":[{{"kind":"popular"}}]}}'
                if because < 0
                else f'{{"id":{ids[item]},"score":{score},"reasons":[{{"kind":"history","because":{ids[because]},'
                f'"addend":{addend}}}]}}'
                if addend == score
                else f'{{"id":{ids[item]},"score":{score},"reasons":[{{"kind":"history","because":{ids[because]},'
                f'"addend":{addend}}},{{"kind":"history","addend":{score - addend}}}]}}'
                for item, score, because, addend in zip(
                    slate.items[:limit], slate.scores, slate.because, slate.addends, strict=False
                )
            ]
        )

    def _composed(self, slate: Ranked, parts: list[list[Part]]) -> str:
        return ",".join(
            f'{{"id":{self._ids[item]},"score":{score},"reasons":{_encode(reasons_of(why, self._raw_ids))}}}'
            for item, score, why in zip(slate.items, slate.scores, parts, strict=True)
        )


def reasons_of(parts: Sequence[Part], ids: Sequence[str]) -> list[dict[str, str | int]]:
    """Why an item stands where it does, as apps are told: what a part does not have is left out; `ids` by item index."""
    found = []
    for part in parts:
        reason: dict[str, str | int] = {"kind": part.kind}
        if part.because >= 0:
            reason["because"] = ids[part.because]
        if part.addend:
            reason["addend"] = part.addend
        if part.rule:
            reason["rule"] = part.rule
        found.append(reason)
    return found


def _encode(value: object) -> str:
    return _json(value).decode()


def _about(
    placement: str, purpose: str, outcome: Outcome, version: int, digest: bytes, scale: int
) -> tuple[str, str]:
    """The parts of an answer that many have in common: what stands before its items, and what after them.

    NOTE: it is given no model, because what is remembered would keep a retired one alive.
    """
    personalised = "true" if outcome is Outcome.PERSONALISED else "false"
    before = (
        f',"personalised":{personalised},"placement":"{placement}","purpose":"{purpose}",'
        f'"reason":"{outcome.reason}","items":['
    )
    after = f'],"model":{{"version":{version},"digest":"{digest_text(digest)}","scale":{scale}}},"audit":'
    return before, after


def digest_text(digest: bytes) -> str:
    """A digest as it stands in answers and entries: base64url without padding."""
    return binascii.b2a_base64(digest, newline=False).translate(_URL_SAFE).rstrip(b"=").decode()


_URL_SAFE = bytes.maketrans(b"+/", b"-_")
