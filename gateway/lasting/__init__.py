"""What lasts longer than a process, and than a person's rows: erasures, refusals, disputes."""
