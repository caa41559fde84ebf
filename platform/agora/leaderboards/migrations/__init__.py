"""Migrations: named, one idea each."""
