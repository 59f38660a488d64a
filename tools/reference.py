"""Writes the generated pages of docs/, or checks that they are what the program says now.

    python -m tools.reference            write them
    python -m tools.reference --check    exit 1 and name each page that is out of date

Each page is made by the module that owns its subject (`render_reference`), so it cannot say what the code does not do.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGES = {
    "api.md": "tools.http_api",
    "capabilities.md": "tools.capabilities",
    "cli.md": "gateway.cli",
    "consent-features.md": "tools.consent_features",
    "errors.md": "gateway.edge.problems",
    "outcomes.md": "tools.outcomes",
    "settings.md": "gateway.settings.reading",
    "telemetry.md": "tools.telemetry",
}
"""Page -> the module whose `render_reference()` returns its text."""


def render(page: str) -> str:
    """Return what a page should say now."""
    return str(importlib.import_module(PAGES[page]).render_reference())


def stale() -> list[str]:
    """Return the pages that say something else than the program."""
    return [
        page for page in PAGES if not (DOCS / page).is_file() or (DOCS / page).read_text() != render(page)
    ]


def main(arguments: list[str]) -> int:
    """Write the pages, or check them."""
    old = stale()
    if "--check" in arguments:
        for page in old:
            print(f"docs/{page} is out of date: run `make fmt`", file=sys.stderr)
        return 1 if old else 0
    for page in old:
        (DOCS / page).write_text(render(page))
        print(f"docs/{page} written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
