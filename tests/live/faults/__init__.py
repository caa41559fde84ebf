"""Faults while an entry is scored: each hits the real processes, and the database tells that it hit and how it ended."""
