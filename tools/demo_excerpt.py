"""Holds what the README quotes of `make demo` against what the demo printed: the items and their order, and every other line.

Scores and their causes are those of one run. The demo's events lie before the hour in which it is started, and the weights that
the model chooses on its validation split move a little with that.

python -m tools.demo_excerpt PRINTED
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
SECTION = "## What a slate looks like"
_SCORE = re.compile(r" -?\d+\.\d{4}( .*)?$")


def quoted(readme: str) -> list[str]:
    """The lines of the excerpt, as they are compared."""
    section = readme.partition(SECTION)[2].partition("\n## ")[0]
    excerpt = section.partition("```text\n")[2].partition("```")[0]
    return [comparable(line) for line in excerpt.splitlines()]


def comparable(line: str) -> str:
    """A line with its spaces made single, without a score and what follows it."""
    return _SCORE.sub("", " ".join(line.split()))


def missing(readme: str, printed: str) -> list[str]:
    """The quoted lines that were not printed in that order."""
    left = iter([comparable(line) for line in printed.splitlines()])
    return [line for line in quoted(readme) if line not in left]


def main() -> None:
    """Compare; end with 1 and the lines that are not true any more."""
    readme = README.read_text()
    untrue = missing(readme, Path(sys.argv[1]).read_text()) if quoted(readme) else ["there is no excerpt"]
    if untrue:
        sys.exit("README.md quotes what the demo does not print:\n" + "\n".join(untrue))


if __name__ == "__main__":
    main()
