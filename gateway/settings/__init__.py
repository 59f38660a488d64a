"""`volens.toml`: every setting, its default, its limits, and how it is read."""
