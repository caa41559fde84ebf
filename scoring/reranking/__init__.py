"""Re-rank galleries and expand queries: published variants by name, sparse, exact and repeatable.

Everything outside `__all__` is private to this package.
"""

from scoring.reranking.expansion import augment_gallery, expand_jointly, expand_queries
from scoring.reranking.jaccard import jaccard_graph
from scoring.reranking.propagation import GNN_LAYUMI, GNN_PAPER, Propagation, propagate
from scoring.reranking.reranked import Reranked, rerank
from scoring.reranking.sparse import Rows
from scoring.reranking.variants import VARIANTS, KReciprocal

__all__ = [
    "GNN_LAYUMI",
    "GNN_PAPER",
    "VARIANTS",
    "KReciprocal",
    "Propagation",
    "Reranked",
    "Rows",
    "augment_gallery",
    "expand_jointly",
    "expand_queries",
    "jaccard_graph",
    "propagate",
    "rerank",
]
