"""Boards: rows that are opened and closed, and the queries that rank them."""
