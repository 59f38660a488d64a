"""What scoring is told by its surroundings, in its own words."""

from scoring.ports.placement import Placement

__all__ = ["Placement"]
