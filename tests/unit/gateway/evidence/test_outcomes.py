"""The guard: everything admitted meets exactly one outcome."""

from __future__ import annotations

import pytest

from audit import Outcome
from gateway.errors import UnaccountedError
from gateway.evidence.outcomes import OutcomeLedger


def test_what_is_settled_is_counted() -> None:
    ledger = OutcomeLedger()
    with ledger.admit(3) as fate:
        fate.settle(Outcome.ACCEPTED, 2)
        fate.settle(Outcome.DUPLICATE)
    assert ledger.counts == {Outcome.ACCEPTED: 2, Outcome.DUPLICATE: 1}
    assert ledger.balanced()


def test_forgetting_one_is_caught() -> None:
    ledger = OutcomeLedger()
    with pytest.raises(UnaccountedError), ledger.admit(2) as fate:
        fate.settle(Outcome.ACCEPTED)
    assert ledger.counts[Outcome.FAULT_UNACCOUNTED] == 1
    assert ledger.balanced()


def test_settling_one_twice_is_caught() -> None:
    ledger = OutcomeLedger()

    def settle_twice() -> None:
        with ledger.admit(1) as fate:
            fate.settle(Outcome.ACCEPTED)
            fate.settle(Outcome.DUPLICATE)

    with pytest.raises(UnaccountedError):
        settle_twice()
    assert not ledger.balanced()


def test_an_exception_settles_the_rest_as_a_fault_of_ours() -> None:
    ledger = OutcomeLedger()

    def fail_halfway() -> None:
        with ledger.admit(5) as fate:
            fate.settle(Outcome.ACCEPTED, 2)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    assert ledger.counts == {Outcome.ACCEPTED: 2, Outcome.FAULT_INTERNAL: 3}
    assert ledger.balanced()
