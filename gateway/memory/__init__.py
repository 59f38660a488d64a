"""What the paths ask, in memory, and its copy on disk."""
