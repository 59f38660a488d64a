"""`make bench-privacy`: published numbers beside other tools, large tables, bounds, and the ledger in PostgreSQL."""
