"""What editors decide of slates: pin, boost, block and freeze, for a time, and never alone."""
