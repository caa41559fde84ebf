"""Tests of the scoring library."""
