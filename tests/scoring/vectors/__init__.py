"""Distances and embeddings."""
