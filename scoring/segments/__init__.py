"""Segments: who is a member of which, turned around for groups; and the size below which nothing is told of one."""

from scoring.segments.membership import MIN_COHORT, Membership

__all__ = ["MIN_COHORT", "Membership"]
