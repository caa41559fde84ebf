"""Competitions, phases, ground truth, rules, data, teams."""
