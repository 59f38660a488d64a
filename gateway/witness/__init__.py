"""Witnesses, both ends: the one that we run for others, and those that our own log is shown to.

- `desk` is the witness: it keeps what it saw last of each log, and cosigns what continues that; `application` is its HTTP.
- `asking` asks a witness, `cosigning` all of the policy at intervals, and `elder` at the start whether one of them knows better.

Source: c2sp.org/tlog-witness, tlog-cosignature, tlog-policy.
"""
