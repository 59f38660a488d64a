"""What scoring is told by its surroundings, in its own words."""

from scoring.ports.placement import Placement, Surroundings

__all__ = ["Placement", "Surroundings"]
