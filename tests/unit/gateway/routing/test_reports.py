"""What happens to destinations, as lines of the journal: every word of ours passes its allow-list."""

from __future__ import annotations

import io
import json

from gateway.routing import JournalReports, LetterReason, Trouble
from gateway.telemetry.journal import Journal


def test_every_report_is_a_whole_line() -> None:
    stream = io.StringIO()
    journal = Journal(lambda: 7, stream)
    reports = JournalReports(journal)
    for trouble in Trouble:
        reports.down("shop", trouble)
    reports.up("shop")
    for reason in LetterReason:
        reports.dead_letters("shop", reason, 3)
    reports.fault("shop", "FeedError")
    assert journal.dropped == 0
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    about = {"at": 7, "destination": "shop"}
    assert lines == [
        *({**about, "happening": "destination_down", "reason": trouble.value} for trouble in Trouble),
        {**about, "happening": "destination_up"},
        *(
            {**about, "happening": "dead_letter", "reason": reason.value, "count": 3}
            for reason in LetterReason
        ),
        {**about, "happening": "fault", "error": "FeedError"},
    ]
