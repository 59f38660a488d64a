"""What the consent banners of others tell: a no of theirs is kept in the ledger, as weaker evidence than the person's own word."""
