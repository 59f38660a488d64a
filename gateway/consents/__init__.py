"""Changes of consent: judged, in force, in the log."""
