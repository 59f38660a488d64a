"""A port for a server that a test starts in a moment: as the fleet's link is given one, of the same numbers, none twice."""

from gateway.fleet_server.loopback_port import free_port

__all__ = ["free_port"]
