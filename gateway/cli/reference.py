"""docs/cli.md, made from the program itself."""

from __future__ import annotations

from collections.abc import Iterator

import click

from gateway.cli.entry import program
from gateway.cli.failures import EXIT_CODES, PROGRAM

_HEAD = """\
# The command line

`volens` (also `python -m gateway`). This page is generated from the program (`make fmt`).

## Exit codes

| code | meaning |
|---:|---|
"""


def render_reference() -> str:
    """Every command with its arguments, options and exit codes, as Markdown."""
    rows = "".join(f"| {code} | {meaning} |\n" for code, meaning in EXIT_CODES.items())
    sections = "".join(_section(path, command) for path, command in _commands(program(), PROGRAM))
    return f"{_HEAD}{rows}{sections}"


def _commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with the words that call it."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    for name, child in command.commands.items():
        yield from _commands(child, f"{path} {name}")


def _section(path: str, command: click.Command) -> str:
    context = click.Context(command, info_name=path)
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    lines = [f"\n## {path}\n\n", f"    {usage}\n\n", f"{command.help}\n"]
    rows = [row for parameter in command.params if (row := _row(parameter, context)) is not None]
    if rows:
        lines += ["\n| | |\n|---|---|\n", *rows]
    return "".join(lines)


def _row(parameter: click.Parameter, context: click.Context) -> str | None:
    if isinstance(parameter, click.Argument):
        name = parameter.make_metavar(context)
        text = getattr(parameter, "help", None) or ""
    else:
        record = parameter.get_help_record(context)
        if record is None:
            return None
        name, text = record
    return f"| `{name}` | {' '.join(text.replace(chr(92), '').split())} |\n"
