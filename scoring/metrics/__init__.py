"""Define one metric per module: the value of one query from the ranks of its matches."""
