"""What can stop the demo."""

from __future__ import annotations

from gateway.errors import GatewayError


class DemoError(GatewayError):
    """The demo cannot go on; the message says what it saw and what to do."""
