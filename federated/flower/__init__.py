"""Flower as the carrier of rounds: the one place that knows it. Only processes that drive rounds, and devices, import this.

NOTE: parts of it speak Flower's own HTTP interface between its programs, which is not promised to stay: the lock pins the
version, and a journey test goes over it.
"""
