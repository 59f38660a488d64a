"""The rights of data subjects: requests, what they come to, and the evidence of it."""
