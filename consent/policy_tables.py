"""Strict reading of a TOML document: every key must be expected, every value of its type and within bounds.

Reading goes on after a problem, so that an operator sees all of them at once; whoever asked gets a harmless stand-in
value and must not use the result when `problems` is not empty. Problems say where and what is wrong; they never quote
a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from consent.errors import PolicyProblem

_ANY_TEXT = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f]*")


class Table:
    """One table of the document, and where it is."""

    def __init__(self, content: object, pointer: str, problems: list[PolicyProblem]) -> None:
        """Read `content` as a table; report into `problems`."""
        self.pointer = pointer
        self.problems = problems
        self._content: dict[str, object] = content if isinstance(content, dict) else {}
        self._read: set[str] = set()
        if not isinstance(content, dict):
            self.report("", "must be a table")

    def __contains__(self, name: str) -> bool:
        """Whether the table has that key."""
        return name in self._content

    def report(self, name: str, problem: str) -> None:
        """Note a problem at a key of this table, or at the table itself when `name` is empty."""
        self.problems.append(PolicyProblem(self.at(name) if name else self.pointer, problem))

    def at(self, name: str | int) -> str:
        """Where a key of this table is."""
        return f"{self.pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"

    def text(self, name: str, pattern: str, *, default: str | None = None, longest: int = 200) -> str:
        """A text that matches a pattern as a whole."""
        value = self._take(name, default)
        if isinstance(value, str) and len(value) <= longest and _matches(pattern, value):
            return value
        self._mistaken(name, value, f"must be a text of the right form, at most {longest} characters")
        return default or "unreadable"

    def prose(self, name: str, *, longest: int) -> str:
        """A text for people."""
        value = self._take(name, None)
        if isinstance(value, str) and 0 < len(value.strip()) <= longest and _ANY_TEXT.fullmatch(value):
            return value.strip()
        self._mistaken(name, value, f"must be a text of 1 to {longest} characters")
        return "unreadable"

    def integer(self, name: str, low: int, high: int, *, default: int | None = None) -> int:
        """A whole number within bounds."""
        value = self._take(name, default)
        if type(value) is int and low <= value <= high:
            return value
        self._mistaken(name, value, f"must be a whole number from {low} to {high}")
        return low

    def boolean(self, name: str) -> bool:
        """True or false."""
        value = self._take(name, None)
        if isinstance(value, bool):
            return value
        self._mistaken(name, value, "must be true or false")
        return False

    def choice(self, name: str, choices: Sequence[str], *, default: str | None = None) -> str:
        """One of a closed list."""
        value = self._take(name, default)
        if isinstance(value, str) and value in choices:
            return value
        self._mistaken(name, value, f"must be one of {', '.join(choices)}")
        return choices[0]

    def texts(self, name: str, pattern: str, *, longest: int = 100) -> tuple[str, ...]:
        """A list of distinct texts that match a pattern; empty when the key is absent."""
        found = []
        for at, value in self._items(name):
            if (
                isinstance(value, str)
                and len(value) <= longest
                and _matches(pattern, value)
                and value not in found
            ):
                found.append(value)
            else:
                self.report(f"{name}/{at}", "must be a text of the right form, named once")
        return tuple(found)

    def integers(self, name: str, low: int, high: int) -> tuple[int, ...]:
        """A list of distinct whole numbers; empty when the key is absent."""
        found = []
        for at, value in self._items(name):
            if type(value) is int and low <= value <= high and value not in found:
                found.append(value)
            else:
                self.report(f"{name}/{at}", f"must be a whole number from {low} to {high}, named once")
        return tuple(found)

    def table(self, name: str, *, needed: bool = True) -> Table:
        """A table below this one; empty when it is absent and not needed."""
        value = self._take(name, None if needed else {})
        if value is None:
            self.report(name, "is missing")
            value = {}
        return Table(value, self.at(name), self.problems)

    def tables(self, name: str, most: int) -> list[Table]:
        """A list of tables."""
        content = [Table(value, f"{self.at(name)}/{at}", self.problems) for at, value in self._items(name)]
        if len(content) > most:
            self.report(name, f"has more than {most} entries")
        return content[:most]

    def names(self) -> Iterator[str]:
        """Every key, each counted as read: for tables whose keys are data."""
        self._read.update(self._content)
        return iter(self._content)

    def finish(self) -> None:
        """Report every key that nobody asked for."""
        for name in self._content:
            if name not in self._read:
                self.report(name, "is not a key that belongs here")

    def _take(self, name: str, default: object) -> object:
        self._read.add(name)
        return self._content.get(name, default)

    def _items(self, name: str) -> Iterator[tuple[int, object]]:
        value = self._take(name, [])
        if not isinstance(value, list):
            self.report(name, "must be a list")
            return iter(())
        return enumerate(value)

    def _mistaken(self, name: str, value: object, problem: str) -> None:
        self.report(name, "is missing" if value is None else problem)


def _matches(pattern: str, value: str) -> bool:
    return re.fullmatch(pattern, value, re.ASCII) is not None
