"""Whether requests are welcome."""
