"""Audit and notifications."""
