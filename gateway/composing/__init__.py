"""Composed slates on the decision path: which questions need one, what of them is permitted, and what the composer goes by."""
