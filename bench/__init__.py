"""What Volens costs, measured against a baseline in the same run; `python -m bench` prints the table."""
