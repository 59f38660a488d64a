"""Who is meant: an id on standard input, because arguments are seen by everybody on the machine, and kept in histories."""

from __future__ import annotations

import sys

from gateway.cli.failures import complain

_MOST_BYTES = 4096


def id_given() -> str:
    """The one line of standard input, with or without its end.

    Raises:
        typer.Exit: it is not exactly one line of text, or longer than an id may be.
    """
    from gateway.identities import MAX_ID_CHARACTERS

    raw = sys.stdin.buffer.read(_MOST_BYTES + 1)
    try:
        lines = raw.decode().splitlines()
    except UnicodeDecodeError:
        lines = []
    if len(raw) > _MOST_BYTES or len(lines) != 1 or not 0 < len(lines[0]) <= MAX_ID_CHARACTERS:
        raise complain("standard input must be one line: the person's id")
    return lines[0]
