"""What callers send, strictly read: bytes in, bounded values out."""
