"""What a test needs from the machine: found, skipped for, or (in CI) failed for.

A test that cannot run here is skipped with the reason. With VOLENS_REQUIRE_ALL=1, as CI sets it, the same test fails: a
suite that quietly skips its hardest tests proves nothing.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest


def must_have_all() -> bool:
    """Whether a missing tool is a failure here."""
    return os.environ.get("VOLENS_REQUIRE_ALL") == "1"


def missing(what: str) -> NoReturn:
    """Skip the test for want of `what`, or fail it where everything is required."""
    if must_have_all():
        pytest.fail(f"required here but missing: {what}", pytrace=False)
    pytest.skip(f"missing: {what}")


def require(program: str) -> str:
    """Return the path of a program on PATH."""
    return shutil.which(program) or missing(program)


def require_path(path: Path, hint: str) -> Path:
    """Return a path that exists; `hint` says how to get it."""
    return path if path.exists() else missing(f"{path.name} ({hint})")


def require_chromium() -> str:
    """Return the path of a Chromium that Playwright can drive."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or missing("chromium")


def datasets_directory() -> Path:
    """Return the folder of recorded data sets that VOLENS_DATASETS names."""
    named = os.environ.get("VOLENS_DATASETS", "")
    if not named:
        missing("recorded data sets (VOLENS_DATASETS names their folder)")
    return require_path(Path(named).resolve(), "VOLENS_DATASETS")


def whole_campaign() -> bool:
    """Whether the long random runs are wanted in full, or only the sample that every run takes."""
    return os.environ.get("VOLENS_CAMPAIGN") == "full"
