"""What can go wrong with an export.

ExportError
├── NoSuchRangeError       the log has no such entries
├── NoSuchPurposeError     neither the policy nor the log knows the purpose
├── OutputExistsError      something is there already
└── NotAnExportError       what should be verified cannot be read as an export
"""

from __future__ import annotations

from gateway.errors import GatewayError


class ExportError(GatewayError):
    """An export cannot be made: what was asked for makes no sense."""


class NoSuchRangeError(ExportError):
    """The log has no entry in this range: look at the dates."""


class NoSuchPurposeError(ExportError):
    """The policy has no such purpose, and no entry of this range is about it."""


class OutputExistsError(ExportError):
    """There is something already where the export should go: name a place where nothing is."""


class NotAnExportError(ExportError):
    """This is no export, or so little is left of it that nothing can be said."""
