"""What is kept and said of a round when it has ended: values of what was known by then, and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from federated import (
    DocumentUse,
    Part,
    RoundEnd,
    RoundRecord,
    decimal,
    read_manifest,
    read_record,
    write_round_end,
)
from gateway.fleet.bundles import Signer
from gateway.fleet.values import Device, PartTaken, Round

MAX_LEAVES = 1 << 20
"""Devices that one round is told of."""


def kept_parts(
    round_id: int, ordered: Sequence[Part], find: Callable[[bytes], Device | None]
) -> list[PartTaken]:
    """What became of devices whose people are known still, in the order of the leaves."""
    return [
        PartTaken(
            round_id=round_id,
            device=each.device,
            subject=found.subject,
            status=each.standing.value,
            salt=each.salt,
            place=place,
        )
        for place, each in enumerate(ordered)
        if (found := find(each.device)) is not None
    ]


def entry_of_end(round_id: int, record: bytes, said: RoundRecord) -> dict[str, str | int]:
    """What the log says of a round that has ended."""
    return {
        "round": round_id,
        "record": hashlib.sha256(record).hexdigest(),
        "verdict": said.verdict.value,
        "participation": said.participation,
        **{name: getattr(said.counts, name) for name in said.counts.__struct_fields__},
    }


def statement_of_end(round_: Round, signer: Signer, origin: str) -> bytes:
    """What devices are given of the end of a closed round, signed: the same bytes whenever they are asked for."""
    assert round_.record is not None
    assert round_.closed_index is not None
    end = RoundEnd(
        round=round_.round_id,
        manifest=hashlib.sha256(round_.manifest).hexdigest(),
        record=hashlib.sha256(round_.record).hexdigest(),
        participation=read_record(round_.record).participation,
        origin=origin,
        index=round_.closed_index,
    )
    return signer.sign(DocumentUse.ROUND_END, write_round_end(end))


def included_in(round_: Round | None) -> int:
    """How many devices a round's record says it has summed."""
    if round_ is None or round_.record is None:
        return 0
    return read_record(round_.record).counts.included


def spent_rho_in(rounds: Iterable[Round]) -> str:
    """What these rounds have reserved together, exactly: a decimal number."""
    return format(sum((rho_of_round(each) for each in rounds), Decimal(0)).normalize(), "f")


def rho_of_round(round_: Round) -> Decimal:
    """What a round has reserved: its manifest's loss, if it came so far that anything could be opened."""
    return Decimal(decimal(read_manifest(round_.manifest).rho)) if round_.spent_micro_rho else Decimal(0)
