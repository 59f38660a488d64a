"""What runs at intervals, beside the paths."""
