"""A data directory: made, read, its keys rotated."""
