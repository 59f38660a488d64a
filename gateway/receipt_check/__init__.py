"""Checking a receipt offline, twice over: a module that needs nothing of ours, and a page that needs a browser alone."""
