"""The scorer that the settings name."""

from gateway.scorers.finding import GROUP, SHIPPED, find_scorer

__all__ = ["GROUP", "SHIPPED", "find_scorer"]
