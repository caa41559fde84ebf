"""Rank and score distances and embeddings: no sort, no matrix of all pairs, the same bytes on every machine."""
