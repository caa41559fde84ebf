"""What installation compiles is all that a call needs."""

import subprocess
import sys

CALLS = """
import numpy as np
from scoring.reranking import *
from scoring.reranking.native import FAMILY
generator = np.random.default_rng(1)
queries, gallery = generator.standard_normal((5, 8)).astype(np.float32), generator.standard_normal((300, 8))
for settings in VARIANTS.values():
    found = rerank(queries, gallery, settings=settings)
    found.matrix(), list(found.rankings(depth=3)), jaccard_graph(gallery, settings=settings)
propagate(queries, gallery).matrix()
expand_queries(queries, gallery), augment_gallery(gallery, alpha=3), expand_jointly(queries, gallery, passes=2)
print(FAMILY.cache_misses())
"""


def test_calls_compile_nothing_after_installation():
    code = "from scoring.reranking.compile import compile_kernels; compile_kernels()"
    subprocess.run([sys.executable, "-c", code], check=True)
    done = subprocess.run([sys.executable, "-c", CALLS], check=True, capture_output=True, text=True)
    assert done.stdout == "0\n"


def test_importing_needs_neither_torch_nor_faiss_nor_scipy():
    # numba looks whether SciPy is there, so it is taken away rather than looked for.
    without = "sys.modules.update(dict.fromkeys(('torch', 'faiss', 'scipy', 'sklearn')))"
    code = f"import sys; {without}; import scoring.reranking; print(scoring.reranking.VARIANTS.keys() > set())"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "True\n"
