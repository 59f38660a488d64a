"""How the demo looks: 80 columns, readable without colours and without a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

WIDTH = 80

_INDENT = "   "
_LABEL_WIDTH = 15
_TITLE_WIDTH = 29

_KINDS = {"popular": "popular, the same for everybody"}
"""What a reason without an addend is called."""


class Narrator:
    """Tells the demo to a console."""

    def __init__(self, console: Console | None = None) -> None:
        """Tell it to `console`; by default to standard output, at most 80 columns wide."""
        self._console = console or Console(highlight=False)
        self._console.width = min(self._console.width, WIDTH)
        self._step = 0

    def title(self, line: str, *more: str) -> None:
        """The head of the page."""
        text = Text(line, style="bold")
        for further in more:
            text.append(f"\n{further}", style="not bold")
        self._console.print(Panel(text, border_style="cyan", width=self._console.width))

    def step(self, line: str) -> None:
        """Begin a numbered chapter."""
        self._step += 1
        self._console.print()
        self._console.print(Text(f"{self._step:>2} {line}", style="bold cyan"))

    def say(self, line: str, style: str = "") -> None:
        """A sentence, wrapped."""
        grid = Table.grid(padding=0)
        grid.add_column(width=len(_INDENT))
        grid.add_column()
        grid.add_row("", Text(line, style=style))
        self._console.print(grid)

    def fact(self, label: str, value: str) -> None:
        """A label and its value; a value is never cut, so that paths and addresses can be copied."""
        self._console.print(Text(f"{_INDENT}{label:<{_LABEL_WIDTH}}{value}"), soft_wrap=True)

    def counts(
        self, heading: str, rows: Mapping[str, int], explain: Callable[[str], str] = lambda _: ""
    ) -> None:
        """A table of counts, largest first, each with an explanation."""
        table = Table(box=None, pad_edge=False, show_header=True, header_style="dim", padding=(0, 2, 0, 0))
        table.add_column("", width=1)
        table.add_column(heading, no_wrap=True)
        table.add_column("count", justify="right")
        table.add_column("")
        for name, count in sorted(rows.items(), key=lambda row: (-row[1], row[0])):
            table.add_row("", name, f"{count:,}", Text(explain(name), style="dim"))
        self._console.print(table)

    def slate(self, answer: Mapping[str, Any], title_of: Callable[[str], str], known: frozenset[str]) -> None:
        """A slate; items that are not in `known` are marked as new.

        Args:
            answer: of `/v1/decide`.
            title_of: an item's title.
            known: the items of the slate before; empty marks nothing.
        """
        scale = answer["model"].get("scale") or 1
        table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1, 0, 0))
        table.add_column("", width=2)
        table.add_column("", width=1, style="green")
        table.add_column("item", no_wrap=True, width=_TITLE_WIDTH, overflow="ellipsis")
        table.add_column("score", justify="right", no_wrap=True, min_width=6)
        table.add_column("because of", overflow="ellipsis", no_wrap=True)
        for item in answer["items"]:
            is_new = bool(known) and item["id"] not in known
            title = Text(title_of(item["id"]), "green" if is_new else "")
            score = f"{item['score'] / scale:.4f}" if item["score"] else ""
            table.add_row("", "+" if is_new else "", title, score, _why(item["reasons"], title_of, scale))
        self._console.print(table)
        kind = "personalised" if answer["personalised"] else f"unpersonalised: {answer['reason']}"
        evidence = answer["audit"]
        proof = f"log entry {evidence['index']:,}" if evidence else "no evidence, so not personalised"
        self.say(f"= {kind} · {proof}", "bold")

    @contextmanager
    def progress(self, label: str, total: int) -> Iterator[Callable[[int], None]]:
        """A bar; the function given takes how far it is. Without a terminal only its end is shown."""
        columns = (
            TextColumn(f"{_INDENT}{{task.description:<17}}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self._console) as bar:
            task = bar.add_task(label, total=total)
            yield lambda done: bar.update(task, completed=done)

    @contextmanager
    def waiting(self, label: str) -> Iterator[None]:
        """A spinner; nothing without a terminal."""
        with self._console.status(f"{_INDENT}{label}"):
            yield


def _why(reasons: list[dict[str, Any]], title_of: Callable[[str], str], scale: int) -> str:
    """The strongest reason in a few words: how much of the score, and what it is due to."""
    if not reasons:
        return ""
    first = reasons[0]
    if "because" in first:
        return f"{first['addend'] / scale:.4f} {title_of(first['because'])}"
    return _KINDS.get(first.get("kind", ""), "")
