"""What a person at a terminal sees when something goes wrong: one sentence, and an exit code.

    0    done, and nothing wrong found
    1    something is wrong: a finding, a file that cannot be used, a gateway that does not answer
    2    the command was not understood, or names a file or directory that is not there
    130  interrupted

The errors of our packages say what is wrong without quoting input, so they are shown as they are. Of an error of
the operating system its kind is told, and no path; of a reader that went away (`volens ... | head`), nothing. Any
other exception is a fault in the program and ends it with a traceback.
"""

from __future__ import annotations

import os
import re
from contextlib import ContextDecorator
from types import TracebackType
from typing import TYPE_CHECKING

import click
import typer

if TYPE_CHECKING:
    from consent import PolicyProblem

PROGRAM = "volens"

FOUND = 1
"""Exit code of a command that found something wrong."""

NOT_UNDERSTOOD = 2

INTERRUPTED = 130

_SAID_TWICE = re.compile(r"( Did you mean [^?]*\?)\1")
"""Click 8.5 and Typer 0.20 both make the same suggestion."""

PROBLEMS_SHOWN = 20
"""Of a policy; `volens policy check` shows them all."""

EXIT_CODES = {
    0: "done, and nothing wrong found",
    FOUND: "something is wrong: a finding, a file that cannot be used, a gateway that does not answer",
    NOT_UNDERSTOOD: "the command was not understood, or names a file or directory that is not there",
    INTERRUPTED: "interrupted",
}
"""Every exit code of `volens`."""


class told(ContextDecorator):  # noqa: N801 - reads as a decorator
    """Around a command: our packages' errors become a sentence on standard error and exit code 1."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Tell an expected error.

        Raises:
            typer.Exit: instead of it.
        """
        if exc is not None and isinstance(exc, _expected()) and not isinstance(exc, BrokenPipeError):
            raise complain(*_sentences(exc), code=_code_of(exc)) from exc


def complain(*lines: str, code: int = FOUND) -> typer.Exit:
    """Say what is wrong on standard error; the caller raises what is returned."""
    for line in lines:
        typer.echo(f"volens: {line}", err=True)
    return typer.Exit(code)


def describe_problem(problem: PolicyProblem, file: str = "policy.toml") -> str:
    """One thing that is wrong with a policy, in a line."""
    return f"{file} {problem.pointer}: {problem.problem}" if problem.pointer else f"{file}: {problem.problem}"


def misunderstood(exc: click.UsageError) -> int:
    """Say in one line what was not understood, and where help is; returns the exit code."""
    words = _SAID_TWICE.sub(r"\1", exc.format_message()).rstrip(".")
    words = words[:1].lower() + words[1:]
    help_ = f" (see {exc.ctx.command_path} --help)" if exc.ctx is not None else ""
    typer.echo(f"{PROGRAM}: {words}{help_}", err=True)
    return NOT_UNDERSTOOD


def _expected() -> tuple[type[Exception], ...]:
    from audit import AuditError
    from consent import ConsentError
    from gateway.errors import GatewayError
    from gateway.routing import RoutingError
    from privacy import PrivacyError
    from scoring import ScoringError

    return AuditError, ConsentError, GatewayError, PrivacyError, RoutingError, ScoringError, OSError


def _code_of(exc: BaseException) -> int:
    from gateway.errors import DirectoryMissingError

    return NOT_UNDERSTOOD if isinstance(exc, DirectoryMissingError) else FOUND


def _sentences(exc: BaseException) -> list[str]:
    """What is wrong and, where the error knows it, what to do."""
    from consent import PolicyError

    if isinstance(exc, PolicyError):
        shown = exc.problems[:PROBLEMS_SHOWN]
        more = ["policy.toml: further problems; volens policy check shows them"]
        return [describe_problem(problem) for problem in shown] + more * (len(exc.problems) > len(shown))
    if isinstance(exc, OSError):
        return [
            f"a file or directory cannot be used: {os.strerror(exc.errno).lower() if exc.errno else 'no reason given'}"
        ]
    words = str(exc) or (type(exc).__doc__ or "").strip().split("\n")[0]
    hint = getattr(exc, "hint", "")
    return [words, hint] if hint else [words]
