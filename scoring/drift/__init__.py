"""Drift: whether a rate is still the one that was learnt from."""
