"""Our log beside another one: the arithmetic, and that the program which drives the other one does what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.beside_tessera import CLIENTS, build, measure_tessera, pairs_of, read_arguments, rows_of
from bench.errors import BenchError
from tests.requirement import missing, require


def loops(rate: float, p50: float = 1.0) -> dict[str, object]:
    loop = {"entries_per_second": rate, "p50_ms": p50, "p99_ms": 2 * p50}
    return {"open_loop": loop, "closed_loop": [loop for _ in CLIENTS]}


def test_medians_over_the_pairs_and_the_median_of_the_ratios() -> None:
    rows = rows_of([[loops(100, 5), loops(50)], [loops(300, 1), loops(10)], [loops(200, 3), loops(100)]])
    assert len(rows) == 1 + len(CLIENTS)
    for row in rows:
        assert row["value"] == 200
        assert row["tessera"]["entries_per_second"] == 50
        assert row["ratios"] == [2.0, 30.0, 2.0]
        assert "p50 3 ms, p99 6 ms; Tessera 50/s" in row["detail"]
        assert row["detail"].endswith("2.00 times as many")


def test_each_measurement_has_a_directory_of_its_own_that_is_gone_afterwards(tmp_path: Path) -> None:
    seen: list[Path] = []

    def measure(directory: Path) -> dict[str, object]:
        assert list(directory.iterdir()) == []
        (directory / "left").write_text("behind")
        seen.append(directory)
        return {}

    assert pairs_of([measure, measure], 2, tmp_path) == [[{}, {}], [{}, {}]]
    assert len(set(seen)) == 4
    assert list(tmp_path.iterdir()) == []


def test_without_go_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BenchError, match="go is missing"):
        build(tmp_path)


@pytest.mark.parametrize("wrong", [["--pairs", "0"], ["--seconds", "0"], ["--seconds", "x"]])
def test_options_that_measure_nothing_are_refused(wrong: list[str]) -> None:
    with pytest.raises(SystemExit):
        read_arguments(wrong)


@pytest.mark.foreign
@pytest.mark.slow
def test_tessera_takes_entries_and_says_how_long_each_waited(tmp_path: Path) -> None:
    require("go")
    try:
        program = build(tmp_path)
    except BenchError:
        missing("github.com/transparency-dev/tessera (go mod download in bench/tessera)")
    found = measure_tessera(program, tmp_path, 0.2)
    for loop in (found["open_loop"], *found["closed_loop"]):
        assert loop["entries_per_second"] > 0
        assert 0 < loop["p50_ms"] <= loop["p99_ms"]
    assert [loop["clients"] for loop in found["closed_loop"]] == list(CLIENTS)
    checkpoint = (tmp_path / "tessera" / "checkpoint").read_text().split("\n")
    assert checkpoint[0] == "bench.example/tessera"
    assert int(checkpoint[1]) > 0
