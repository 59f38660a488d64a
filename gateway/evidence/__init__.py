"""What the gateway writes into the log, and the one outcome of everything admitted."""
