"""Who calls, what they may, and how fast."""
