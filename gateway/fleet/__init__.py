"""People's devices that learn together: who takes part, where in the log that was looked at, and the models that came of it."""
