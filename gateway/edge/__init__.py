"""The HTTP edge: what every request passes first, and what every answer leaves by."""
