"""Off-policy evaluation: what another way of choosing would have brought, from what was logged, or why nobody can say."""
