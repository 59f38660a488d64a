"""The routes behind the front: administration, people, and everything that is not hot. One file per resource.

Each handler does three things: read strictly, call one use case, answer.
"""
