"""Writes into the page that checks receipts what it may do: the hashes of its own script and style.

python -m tools.page_policy            write them
python -m tools.page_policy --check    exit 1 if they are out of date
"""

from __future__ import annotations

import sys
from pathlib import Path

from gateway.wire.page_security import with_policy

PAGE = Path(__file__).resolve().parents[1] / "gateway/receipt_check/verify.html"


def main(arguments: list[str]) -> int:
    """Write the policy, or check it."""
    page = PAGE.read_text("utf-8")
    fresh = with_policy(page)
    if fresh == page:
        return 0
    if "--check" in arguments:
        print("the policy in verify.html is out of date: run `make fmt`", file=sys.stderr)
        return 1
    PAGE.write_text(fresh, "utf-8")
    print("verify.html written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
