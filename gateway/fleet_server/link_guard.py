"""Runs Flower's link, and ends it and all that it started when whoever asked for it is gone, however that came about.

A program of its own, of the standard library alone: `python -I link_guard.py COMMAND...`, as the first of its process group. Its
standard input is a pipe that nobody writes to; it ends when the process at the other end does, also by a signal that no
program sees.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys

_LOOK_SECONDS = 0.5


def guard(command: list[str]) -> int:
    """Run a command until it ends, or standard input does; its exit code."""
    # The group is told to end, and so is the link: it ends, and we with it.
    signal.signal(signal.SIGTERM, lambda *_: None)
    link = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - whoever starts us says what
    while link.poll() is None:
        ready, _, _ = select.select([0], [], [], _LOOK_SECONDS)
        if ready and not os.read(0, 1):
            os.killpg(0, signal.SIGKILL)
    return link.returncode


if __name__ == "__main__":
    sys.exit(guard(sys.argv[1:]))
