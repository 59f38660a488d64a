"""Exports and reports out of the log: a bundle of files that whoever is handed it can check without us."""
