"""Why a measurement is not one."""

from __future__ import annotations


class BenchError(Exception):
    """Something that makes a number worthless."""


class LoadError(BenchError):
    """The load generator met something other than good answers."""


class ServerError(BenchError):
    """A server did not start, or did not become what is to be measured."""


class OutcomeError(BenchError):
    """The gateway did other work than the measurement is about."""
