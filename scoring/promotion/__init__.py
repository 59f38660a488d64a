"""From trained to in use: what a model must show, and which ones may be gone back to."""
