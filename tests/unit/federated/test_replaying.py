"""Rounds replayed: an honest history passes, and each lie has a name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import msgspec
import pytest

from federated import (
    Manifest,
    Participation,
    PastRound,
    RoundFinding,
    RoundRecord,
    Standing,
    Verdict,
    decimal,
    digest_of_manifest,
    participation_root,
    replay,
)
from privacy import epsilon_of
from tests.unit.federated.test_documents import MANIFEST, RECORD

DELTA = 1e-5
EVERYBODY = [
    Participation(bytes([n]) * 32, bytes([n + 90]) * 32, bytes(32), standing)
    for n, standing in enumerate(
        [Standing.INCLUDED] * 12
        + [Standing.WITHDRAWN, Standing.DROPPED, Standing.REFUSED, Standing.NOT_ASKED]
    )
]


def history(n_rounds: int = 3) -> list[PastRound]:
    rounds, parent, spent = [], None, 0.0
    counts = msgspec.structs.replace(RECORD.counts, enrolled=16, asked=15, included=12)
    for number in range(1, n_rounds + 1):
        manifest = msgspec.structs.replace(MANIFEST, version=number, parent=parent)
        model = hashlib.sha256(b"artefact %d" % number).hexdigest()
        rho = decimal(manifest.rho)
        record = msgspec.structs.replace(
            RECORD, manifest=digest_of_manifest(manifest).hex(), counts=counts, model=model, rho=rho,
            rho_before=decimal(spent), epsilon=decimal(epsilon_of(spent + float(rho), DELTA)),
            participation=participation_root(EVERYBODY).hex(),
        )  # fmt: skip
        rounds.append(PastRound(manifest, record, True))
        spent, parent = spent + float(rho), model
    return rounds


def abandoned(record: RoundRecord) -> RoundRecord:
    """The same round, if too few had been there."""
    return msgspec.structs.replace(
        record,
        verdict=Verdict.TOO_FEW,
        opened=False,
        checked_at=0,
        release=None,
        rho="0",
        epsilon="0",
        model=None,
        counts=msgspec.structs.replace(record.counts, included=0, dropped=13),
    )


def kept(manifest: Manifest, record: RoundRecord) -> PastRound:
    """As it is kept of a round that is booked only if it was opened."""
    return PastRound(manifest, record, record.opened)


def test_an_honest_history_passes_and_its_loss_is_that_of_all_rounds() -> None:
    found = replay(history(), DELTA)
    assert found.findings == ()
    assert float(found.rho) == pytest.approx(3 * MANIFEST.rho)
    assert found.epsilon == pytest.approx(epsilon_of(3 * MANIFEST.rho, DELTA))
    assert replay([], DELTA).epsilon == 0


def test_a_round_that_opened_nothing_costs_nothing_and_makes_no_model() -> None:
    (m1, r1, _), (m2, r2, _) = history(2)
    m2 = msgspec.structs.replace(m2, parent=None)
    alone = decimal(epsilon_of(m1.rho, DELTA))
    r2 = msgspec.structs.replace(r2, manifest=digest_of_manifest(m2).hex(), rho_before="0", epsilon=alone)
    assert replay([kept(m1, abandoned(r1)), kept(m2, r2)], DELTA).findings == ()


LIES: list[tuple[RoundFinding, Callable[[RoundRecord], RoundRecord]]] = [
    (RoundFinding.OTHER_MANIFEST, lambda r: msgspec.structs.replace(r, manifest="00" * 32)),
    (RoundFinding.WRONG_LOSS, lambda r: msgspec.structs.replace(r, rho="0.1")),
    (RoundFinding.WRONG_SUM_OF_LOSSES, lambda r: msgspec.structs.replace(r, rho_before="0")),
    (RoundFinding.WRONG_EPSILON, lambda r: msgspec.structs.replace(r, epsilon="1")),
    (RoundFinding.INCOMPLETE, lambda r: msgspec.structs.replace(r, release=None)),
    (
        RoundFinding.COUNTS_DISAGREE,
        lambda r: msgspec.structs.replace(r, counts=msgspec.structs.replace(r.counts, asked=16)),
    ),
    (
        RoundFinding.TOO_FEW,
        lambda r: msgspec.structs.replace(r, counts=msgspec.structs.replace(r.counts, included=9, dropped=4)),
    ),
    (
        RoundFinding.NOT_BETTER,
        lambda r: msgspec.structs.replace(
            r, metrics={"gate_model": "1.001", "gate_popularity": "1", "gate_noise": "5"}
        ),
    ),
    (RoundFinding.NOT_BETTER, lambda r: msgspec.structs.replace(r, metrics={"gate_noise": "0"})),
    (RoundFinding.CHECKED_TOO_EARLY, lambda r: msgspec.structs.replace(r, checked_at=1)),
]


@pytest.mark.parametrize(("finding", "lie"), LIES, ids=[finding.value for finding, _ in LIES])
def test_each_lie_of_a_record_has_a_name(
    finding: RoundFinding, lie: Callable[[RoundRecord], RoundRecord]
) -> None:
    rounds = history()
    rounds[1] = rounds[1]._replace(record=lie(rounds[1].record))
    assert replay(rounds, DELTA).findings == ((1, finding),)


def test_a_round_of_before_there_was_a_number_for_noise_is_as_good_as_it_was() -> None:
    rounds = history()
    before = {"gate_model": "1.001", "gate_popularity": "1", "held_out_cohorts": "1"}
    record = msgspec.structs.replace(rounds[1].record, metrics=before)
    rounds[1] = rounds[1]._replace(record=record)
    assert replay(rounds, DELTA).findings == ()


def test_a_loss_that_is_left_out_is_found() -> None:
    rounds = history()
    del rounds[1]
    assert {finding for _, finding in replay(rounds, DELTA).findings} == {
        RoundFinding.OTHER_PARENT,
        RoundFinding.WRONG_SUM_OF_LOSSES,
        RoundFinding.WRONG_EPSILON,
    }


def test_what_a_crash_kept_from_being_served_is_nobodys_parent() -> None:
    (m1, r1, _), (m2, r2, _) = history(2)
    m2 = msgspec.structs.replace(m2, parent=None)
    rounds = [kept(m1, r1), kept(m2, msgspec.structs.replace(r2, manifest=digest_of_manifest(m2).hex()))]
    assert replay(rounds, DELTA, served={str(r2.model)}).findings == ()
    assert replay(rounds, DELTA).findings == ((1, RoundFinding.OTHER_PARENT),)


def test_a_version_that_comes_again_is_found() -> None:
    rounds = history(1) * 2
    assert (1, RoundFinding.VERSION_NOT_NEW) in replay(rounds, DELTA).findings


def test_a_round_that_made_nothing_leaves_its_version_to_the_next() -> None:
    [(manifest, record, _)] = history(1)
    assert replay([kept(manifest, abandoned(record)), kept(manifest, record)], DELTA).findings == ()


def test_what_was_booked_for_a_round_that_was_broken_off_counts_in_those_after_it() -> None:
    (m1, _, _), (m2, r2, _) = history(2)
    m2 = msgspec.structs.replace(m2, parent=None)
    r2 = msgspec.structs.replace(r2, manifest=digest_of_manifest(m2).hex())
    found = replay([PastRound(m1, None, True), kept(m2, r2)], DELTA)
    assert found.findings == ()
    assert float(found.rho) == pytest.approx(2 * MANIFEST.rho)
    unbooked = replay([PastRound(m1, None, False), kept(m2, r2)], DELTA)
    assert {what for _, what in unbooked.findings} == {
        RoundFinding.WRONG_SUM_OF_LOSSES,
        RoundFinding.WRONG_EPSILON,
    }


def test_a_round_that_was_opened_without_being_booked_is_found() -> None:
    rounds = history(1)
    assert replay([rounds[0]._replace(is_booked=False)], DELTA).findings == ((0, RoundFinding.NOT_BOOKED),)
