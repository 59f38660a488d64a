"""Recordings unlike those that anything was built with, and recommenders of a few lines to be measured beside."""
