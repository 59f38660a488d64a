"""Recordings from files, and what an evaluation found in words."""

from gateway.evaluation.files import read_recording
from gateway.evaluation.wording import as_numbers, as_table

__all__ = ["as_numbers", "as_table", "read_recording"]
