"""What scoring is told by its surroundings, and what others may put in its place."""

from scoring.ports.placement import Placement, Surroundings
from scoring.ports.scorer import Scorer

__all__ = ["Placement", "Scorer", "Surroundings"]
