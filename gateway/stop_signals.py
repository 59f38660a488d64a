"""What asks a program of ours to end in order: signals, and an input that ends."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread

ALWAYS = (signal.SIGINT, signal.SIGTERM)

STANDARD_INPUT = 0


def stop_signals() -> tuple[signal.Signals, ...]:
    """SIGINT, SIGTERM, and SIGHUP of a terminal that was closed, unless whoever started us had that one ignored (`nohup`)."""
    return ALWAYS if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (*ALWAYS, signal.SIGHUP)


@contextmanager
def heeding_signals(stop: Callable[[signal.Signals], object]) -> Iterator[None]:
    """Have the running event loop call `stop` for each stop signal; afterwards they end the process again."""
    loop, heeded = asyncio.get_running_loop(), stop_signals()
    for number in heeded:
        loop.add_signal_handler(number, stop, number)
    try:
        yield
    finally:
        for number in heeded:
            loop.remove_signal_handler(number)


@contextmanager
def ending_at_once() -> Iterator[None]:
    """For as long as nothing was begun: an interrupt ends the process, as the other signals do, and no import swallows it."""
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def stop_with_input(stop: Callable[[], object], file: int = STANDARD_INPUT) -> None:
    """Have the running event loop call `stop` once when an input ends, as it does when whoever holds its other end is gone.

    Args:
        stop: called in the loop.
        file: its descriptor; what is read from it is thrown away.
    """
    loop = asyncio.get_running_loop()

    def read_to_the_end() -> None:
        with suppress(OSError):
            while os.read(file, 4096):
                pass
        with suppress(RuntimeError):  # the loop is closed: it stopped for another reason
            loop.call_soon_threadsafe(stop)

    Thread(target=read_to_the_end, name="input", daemon=True).start()
