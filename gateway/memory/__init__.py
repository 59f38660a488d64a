"""What the paths ask, in memory: who is known, whose an entry is, what came before, who consumes."""
