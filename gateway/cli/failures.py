"""What a person at a terminal sees when something goes wrong: one sentence, and an exit code.

    0    done, and nothing wrong found
    1    something is wrong: a finding, a file that cannot be used, a gateway that does not answer
    2    the command was not understood
    130  interrupted

The errors of our packages say what is wrong without quoting input, so they are shown as they are. Any
other exception is a fault in the program and ends it with a traceback.
"""

from __future__ import annotations

from contextlib import ContextDecorator
from types import TracebackType

import typer

FOUND = 1
"""Exit code of a command that found something wrong."""

INTERRUPTED = 130

EXIT_CODES = {
    0: "done, and nothing wrong found",
    FOUND: "something is wrong: a finding, a file that cannot be used, a gateway that does not answer",
    2: "the command was not understood",
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
        if exc is not None and isinstance(exc, _expected()):
            raise complain(*_sentences(exc)) from exc


def complain(*lines: str) -> typer.Exit:
    """Say what is wrong on standard error; the caller raises what is returned."""
    for line in lines:
        typer.echo(f"volens: {line}", err=True)
    return typer.Exit(FOUND)


def _expected() -> tuple[type[Exception], ...]:
    from audit import AuditError
    from consent import ConsentError
    from gateway.errors import GatewayError
    from gateway.routing import RoutingError
    from privacy import PrivacyError

    return AuditError, ConsentError, GatewayError, PrivacyError, RoutingError


def _sentences(exc: BaseException) -> list[str]:
    """What is wrong and, where the error knows it, what to do."""
    words = str(exc) or (type(exc).__doc__ or "").strip().split("\n")[0]
    hint = getattr(exc, "hint", "")
    return [words, hint] if hint else [words]
