"""The durable stores: the only place where SQL is written. Only the composition root names what is in here.

`database` is the one SQLite file with its writer; the others are adapters of ports that consent, scoring and routing
describe in their own words. Tables never leave their adapter.
"""
