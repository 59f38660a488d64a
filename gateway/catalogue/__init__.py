"""The items that can be shown, at rest and in memory."""
