"""The wheel does not hold the benchmarks: beside an installed one there is nothing to test."""

from __future__ import annotations

import os

collect_ignore_glob = ["test_*.py"] if os.environ.get("VOLENS_INSTALLED") == "1" else []
