"""The same bytes whatever the BLAS library takes the processor for, and whatever the number of its threads."""

import os
import subprocess
import sys

import pytest

# 2,100 images: more than one tile of products; duplicates and near-duplicates among them.
DIGESTS = """
import hashlib
import numpy as np
from scoring.reranking import *
generator = np.random.default_rng(1)
centres = generator.standard_normal((90, 40))
images = (centres[generator.integers(0, 90, 2100)] + generator.standard_normal((2100, 40))).astype(np.float32)
images[1000:1200] = images[:200]
images[1200:1300] = images[:100] + np.float32(1e-6)
queries, gallery = images[:300], images[300:]
digest = lambda *arrays: print(hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest())
for name in ("zhong_python", "zhong_paper", "layumi", "fast_reid"):
    found = rerank(queries, gallery, settings=VARIANTS[name])
    digest(found.matrix(), *(block for _, block in found.rankings(depth=100)))
digest(propagate(queries, gallery).matrix())
digest(*jaccard_graph(images))
digest(expand_queries(queries, gallery, alpha=3), augment_gallery(gallery), *expand_jointly(queries, gallery))
"""


@pytest.fixture(scope="module")
def reference():
    return digests()


def digests(**environment):
    command = [sys.executable, "-c", DIGESTS]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | environment).stdout


@pytest.mark.parametrize("processor", ["Haswell", "Nehalem"])
@pytest.mark.parametrize("threads", ["1", "2"])
def test_processor_and_threads_change_no_byte(reference, processor, threads):
    assert len(reference.split()) == 7
    assert digests(OPENBLAS_CORETYPE=processor, OPENBLAS_NUM_THREADS=threads) == reference
