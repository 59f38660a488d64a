"""Learning from what was shown: exploring, joining what came of it to the decision, and noticing when that changes."""
