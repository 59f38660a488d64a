"""The ring of samples: bounded, and honest about what it does not know."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gateway.ops.samples import HARDLY_SECONDS, Samples

A = (("route", "a"),)
B = (("kind", "x"), ("route", "b"))


def test_numbers_come_back_in_their_order() -> None:
    samples = Samples()
    samples.add(10, [("answers", A, 1.0)])
    samples.add(70, [("answers", A, 4.0), ("answers", B, 2.0)])
    assert samples.times == [10, 70]
    assert samples.one("answers", route="a").tolist() == [1.0, 4.0]
    late = samples.one("answers", route="b", kind="x")
    assert np.isnan(late[0])
    assert late[1] == 2.0
    assert np.isnan(samples.one("nothing")).all()


def test_labels_narrow_down_and_nothing_else() -> None:
    samples = Samples()
    samples.add(0, [("answers", A, 1.0), ("answers", B, 2.0), ("others", A, 3.0)])
    assert {each.labels for each in samples.of("answers")} == {A, B}
    assert [each.labels for each in samples.of("answers", route="b")] == [B]
    assert samples.of("answers", route="c") == []


@given(st.integers(2, 8), st.integers(1, 30))
def test_there_are_only_so_many_rows(minutes: int, taken: int) -> None:
    samples = Samples(minutes=minutes)
    for n in range(taken):
        samples.add(60 * n, [("n", (), float(n))])
    kept = list(range(taken))[-minutes:]
    assert samples.times == [60 * n for n in kept]
    assert samples.one("n").tolist() == kept


def test_there_are_only_so_many_columns() -> None:
    samples = Samples(columns=3)
    samples.add(0, [(f"n{k}", (), 1.0) for k in range(9)])
    samples.add(60, [(f"n{k}", (), 2.0) for k in range(9)])
    assert samples.one("n2").tolist() == [1.0, 2.0]
    assert np.isnan(samples.one("n3")).all()


def test_the_present_is_not_kept_and_replaces_what_is_hardly_older() -> None:
    samples = Samples()
    samples.add(0, [("n", (), 1.0)])
    assert samples.with_now(1, [("n", (), 2.0)]).times == [0, 1], "there must be two"
    samples.add(60, [("n", (), 5.0)])
    now = samples.with_now(60 + HARDLY_SECONDS - 1, [("n", (), 6.0), ("new", (), 1.0)])
    assert now.one("n").tolist() == [1.0, 6.0]
    assert samples.with_now(60 + HARDLY_SECONDS, [("n", (), 7.0)]).one("n").tolist() == [1.0, 5.0, 7.0]
    assert samples.one("n").tolist() == [1.0, 5.0]
    assert samples.of("new") == []
