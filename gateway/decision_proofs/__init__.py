"""Proofs of decisions: a file that a person keeps, and that anybody can check without us.

- `proofs` makes them for the person whom a decision was about, or for an officer; `bundle` is the file, `page` the page in it.
"""
