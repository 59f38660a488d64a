"""Replaying a changed policy over the past of a data directory.

- `past`: follows every person through the log with the records of each moment, and puts each use to a simulation.
- `wording`: what came out, for a person at a terminal.
"""
