"""What the consent banners of others tell: their no is kept in the ledger, as weaker evidence than the person's own word."""
