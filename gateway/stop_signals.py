"""Which signals ask a program of ours to end in order."""

from __future__ import annotations

import signal

ALWAYS = (signal.SIGINT, signal.SIGTERM)


def stop_signals() -> tuple[signal.Signals, ...]:
    """SIGINT, SIGTERM, and SIGHUP of a terminal that was closed, unless whoever started us had that one ignored (`nohup`)."""
    return ALWAYS if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (*ALWAYS, signal.SIGHUP)
