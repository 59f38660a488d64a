"""What the operator looks at: the numbers of `/metrics`, a sample a minute, as charts that need no script."""
