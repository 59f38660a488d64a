"""Flags and experiments as apps see them: OFREP in front, evaluations with evidence, exposures in the log, results.

- A `Flag` is data: variants, rules in CEL over the context, splits. `check_flag` refuses what could not hold its promises, and
  `evaluate` is a function of values.
- `FlagDesk` asks for permission before anything personal, and writes an exposure before its variant leaves.
- `TrialFeed` follows the log: what the experiments know is what a replay of the sealed signals gives, and so forgets
  with the keys.
"""
