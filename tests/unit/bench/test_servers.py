"""What the gateway's metrics and journal say is read right."""

from __future__ import annotations

from pathlib import Path

from audit import Outcome
from bench.journals import read_journal, snapshot_size, trained_people
from bench.servers import outcomes, read_numbers
from gateway.telemetry.metrics import Admitted, Metrics


def test_outcomes_are_read_from_the_page_that_the_gateway_writes() -> None:
    metrics = Metrics(["/v1/decide"])
    metrics.watch_outcomes(
        Admitted.EVENT, lambda: {Outcome.ACCEPTED: 1_234_567, Outcome.WITHHELD_NO_RECORD: 3}
    )
    found = outcomes(read_numbers(metrics.render().decode()))
    assert {name: n for name, n in found.items() if n} == {
        "event/accepted": 1_234_567,
        "event/withheld.no_record": 3,
    }


def test_the_journal_is_read_though_others_wrote_between_its_lines(tmp_path: Path) -> None:
    journal = tmp_path / "gateway.stderr"
    journal.write_text(
        '{"at": 1, "happening": "starting"}\n'
        '{"at": 2, "happening": "snapshot_read", "size": 70}\n'
        "a warning of some library\n"
        '{"at": 3, "happening": "model_trained", "people": 9, "seconds": 1.5}\n'
        '{"at": 4, "happening": "snapshot_written", "size": 90, "bytes": 5}\n'
    )
    lines = read_journal(journal)
    assert trained_people(lines) == [9]
    assert snapshot_size(lines) == 90
    assert snapshot_size([]) == 0
