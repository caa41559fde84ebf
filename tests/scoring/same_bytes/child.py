"""Evaluate every file of a folder and print the digests: ``python -m tests.scoring.same_bytes.child FOLDER``."""

import ctypes
import hashlib
import io
import json
import math
import sys
from pathlib import Path

import numpy as np

from scoring import Annotations, Protocol, SubmissionFormat, evaluate, native
from scoring.intervals.student import t_quantile
from scoring.reranking.native import FAMILY as RERANKING
from scoring.vectors.native import FAMILY as VECTORS


def kernel():
    """Return the name of the kernel that numpy's OpenBLAS has chosen."""
    library = next((Path(np.__file__).parents[1] / "numpy.libs").glob("libscipy_openblas*"))
    name = ctypes.CDLL(str(library)).scipy_openblas_get_corename64_
    name.restype = ctypes.c_char_p
    return name().decode()


def product():
    """Return the digest of a float32 product: what differs between kernels, and so must not reach a result."""
    block = np.random.default_rng(3).random((300, 256), dtype=np.float32)
    return hashlib.sha256((block @ block.T).tobytes()).hexdigest()


def functions():
    """Return the digest of exponentials and logarithms of the C library, which has other code for newer processors."""
    numbers = np.random.default_rng(4).random(20_000).tolist()
    return hashlib.sha256(repr([(math.exp(number), math.log(number)) for number in numbers]).encode()).hexdigest()


def quantiles():
    """Return the digest of the t quantiles of intervals, which rest on such functions."""
    return hashlib.sha256(repr([t_quantile(degrees) for degrees in range(1, 2000)]).encode()).hexdigest()


def digests(folder, name):
    """Return the digests of the result's JSON and of the Parquet of one file."""
    terms = json.loads((folder / f"{name}.json").read_text())
    with (folder / "annotations.csv").open("rb") as truth, (folder / name).open("rb") as file:
        result = evaluate(
            file,
            annotations=Annotations.read(truth),
            submission_format=SubmissionFormat.from_mapping(terms["format"]),
            protocol=Protocol.from_mapping(terms["protocol"]),
        )
    per_query = io.BytesIO()
    result.write_per_query(per_query)
    contents = (json.dumps(result.to_mapping()).encode(), per_query.getvalue())
    return [hashlib.sha256(content).hexdigest() for content in contents]


def compiled():
    """Return the kernels that this process had to compile because the installation did not."""
    found = [
        (name, kernel) for family in (native.FAMILY, RERANKING, VECTORS) for name, kernel in family.kernels.items()
    ]
    return sorted(name for name, kernel in found if sum(kernel.stats.cache_misses.values()))


def main(folder):
    """Print one JSON object."""
    names = sorted(path.stem for path in folder.glob("*.json"))
    facts = {"kernel": kernel(), "product": product(), "functions": functions(), "quantiles": quantiles()}
    found = {name: digests(folder, name) for name in names}
    print(json.dumps({**facts, "digests": found, "compiled": compiled()}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
