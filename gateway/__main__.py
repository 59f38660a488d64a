"""The program, `volens` or `python -m gateway`: its commands are loaded here, where an interruption ends it quietly."""

from __future__ import annotations

import sys

_INTERRUPTED = 130  # 128 and the number of SIGINT, as shells count; `gateway.cli.failures` is not loaded yet


def run() -> int:
    """Run the command of the process's arguments; the exit code (see `gateway.cli.failures`)."""
    try:
        from gateway.cli import main

        return main()
    except KeyboardInterrupt:  # before there was a command that could have been interrupted
        sys.stderr.write("interrupted\n")
        return _INTERRUPTED


if __name__ == "__main__":
    sys.exit(run())
