"""Receipts: what a person was told, what they said to it, and the proof, in a file that they keep.

- `notice_shelf` keeps every notice that was ever in force, by hash: without it a consent cannot be proven, and does not count.
- `receipts` writes a receipt when it is asked for; `signer` has the key.
"""
