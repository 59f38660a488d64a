"""What can be proven of a log to others, before there is anything to prove."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from audit import ProofError, Sequencer
from gateway.receipts.published_log import PublishedLog


def test_before_the_first_checkpoint_no_entry_can_be_proven_yet(tmp_path: Path) -> None:
    published = PublishedLog(cast(Sequencer, None), tmp_path)
    for prove in (published.prove, published.prove_place):
        with pytest.raises(ProofError, match="nothing of the log is published yet"):
            prove(0)
