"""Rules and segments at the gateway: saving them, feeding them, recording what they lead to.

The reader's path: `bodies` (what is sent) -> `checking` (is it within its purpose) -> `rulebook` (in force, and kept) ->
`recorder` (effects into the log) -> `clockwork` (timers). What a rule leads to is a signal of its own purpose in the log: the
purpose's destinations deliver it, a withdrawal silences it, and a restart remembers by it.
"""
