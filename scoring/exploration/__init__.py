"""Exploration: which of the best items to try first, with what probability, and what the answers taught."""
