"""Seeded sets of embeddings in clusters, one cluster for each identity."""

import numpy as np


def clustered(seed, *, identities, images, dimensions, noise=0.6):
    """Return embeddings, identity by identity, and their identities."""
    generator = np.random.default_rng(seed)
    centres = generator.standard_normal((identities, dimensions))
    pids = np.repeat(np.arange(identities), images)
    return (centres[pids] + noise * generator.standard_normal((len(pids), dimensions))).astype(np.float32), pids


def split(seed, *, queries, items, dimensions=16, noise=0.8):
    """Return shuffled query and gallery embeddings."""
    total = queries + items
    embeddings, _ = clustered(seed, identities=-(-total // 8), images=8, dimensions=dimensions, noise=noise)
    order = np.random.default_rng(seed + 1).permutation(len(embeddings))[:total]
    return embeddings[order[:queries]], embeddings[order[queries:]]
