"""Holds what the README quotes of `make demo` against what the demo printed.

python -m tools.demo_excerpt PRINTED
"""

from __future__ import annotations

import sys
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
SECTION = "## What a slate looks like"


def quoted(readme: str) -> list[str]:
    """The lines of the excerpt, each with its spaces made single."""
    section = readme.partition(SECTION)[2].partition("\n## ")[0]
    excerpt = section.partition("```text\n")[2].partition("```")[0]
    return [" ".join(line.split()) for line in excerpt.splitlines()]


def missing(readme: str, printed: str) -> list[str]:
    """The quoted lines that were not printed in that order."""
    left = iter([" ".join(line.split()) for line in printed.splitlines()])
    return [line for line in quoted(readme) if line not in left]


def main() -> None:
    """Compare; end with 1 and the lines that are not true any more."""
    readme = README.read_text()
    untrue = missing(readme, Path(sys.argv[1]).read_text()) if quoted(readme) else ["there is no excerpt"]
    if untrue:
        sys.exit("README.md quotes what the demo does not print:\n" + "\n".join(untrue))


if __name__ == "__main__":
    main()
