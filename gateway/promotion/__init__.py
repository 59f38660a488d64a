"""From trained to in use: models are examined, follow one another, and can be gone back to."""
