"""From what was opened to a running gateway. `bootstrap` calls it."""
