"""Measure distances and embeddings at the size of AG-ReID2023, aerial to ground: ``python -m scoring.vectors.bench``.

The yardsticks of distances are evaluators that sort every row: one in numpy, and fast-reid's loop over queries written anew for
numba from its description (sort, drop junk, CMC, average precision, mINP). That of embeddings is the bare float32 product
of the same tiles. Seconds of yardsticks do not include what the scorer does besides: hashing and checking the file.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numba
import numpy as np
import numpy.typing as npt

from scoring.annotations import SPLITS, Annotations
from scoring.evaluation import evaluate
from scoring.formats.bench import run_child
from scoring.formats.context import Context
from scoring.formats.description import Limits, SubmissionFormat
from scoring.measuring import Row, in_turns, show
from scoring.protocol import Protocol
from scoring.sizes import AG_REID_2023, IDENTITIES, write_annotations
from scoring.truth import build_truth, new_job
from scoring.vectors.compile import compile_kernels
from scoring.vectors.prepared import Pair, prepare
from scoring.vectors.screening import over_rows, score_embeddings
from scoring.vectors.target import Target, add_up_target, new_target
from scoring.vectors.writing import Embeddings, write_distances, write_safetensors

SingleArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]

_DIMENSIONS: Final = 2048
#: Dimensions in which people differ, and spread of images around their person: rank-1 about 0.95, mAP about 0.7.
_LATENT: Final = 64
_NOISE: Final = 1.1
_TILE: Final = 2048
_QUERIES: Final = 512
_RANKS: Final = 50


def rows() -> Iterator[Row]:
    """Measure and yield the lines of the table."""
    compile_kernels()
    size = AG_REID_2023[0]
    queries, gallery = clustered(size.queries, size.gallery)
    pids = np.arange(size.queries) % IDENTITIES, np.arange(size.gallery) % IDENTITIES
    with tempfile.TemporaryDirectory(prefix="scoring-bench-") as name:
        folder = Path(name)
        write_annotations(folder / "truth.csv", AG_REID_2023[:1])
        yield from _distance_rows(folder, 1 - _unit(queries) @ _unit(gallery).T, pids)
        yield from _embedding_rows(folder, queries, gallery)


def clustered(queries: int, gallery: int) -> tuple[SingleArray, SingleArray]:
    """Return query and gallery embeddings, identities in turn: few dimensions of people behind many of the network."""
    draw = np.random.default_rng(1)
    centres = draw.standard_normal((IDENTITIES, _LATENT), dtype=np.float32)
    spread = draw.standard_normal((_LATENT, _DIMENSIONS), dtype=np.float32)
    sets = []
    for count in (queries, gallery):
        noise = draw.standard_normal((count, _LATENT), dtype=np.float32)
        sets.append(np.maximum((centres[np.arange(count) % IDENTITIES] + np.float32(_NOISE) * noise) @ spread, 0))
    return sets[0], sets[1]


def _distance_rows(folder: Path, distances: SingleArray, pids: tuple[IntArray, IntArray]) -> Iterator[Row]:
    path, described = folder / "distances.npy", SubmissionFormat(kind="distances")
    with path.open("wb") as file:
        write_distances(file, distances)
    truth = _read(folder / "truth.csv")
    fast_reid_loop(distances[:2], *pids, 0, 3)
    costs = in_turns(
        {
            "distances, float32, in memory: CMC, AP, INP, jackknife": lambda: score_in_memory(distances, truth),
            "distances, float32: file to metrics, its hash included": lambda: _evaluate(path, truth, described),
            "numpy: argsort of every row, CMC, AP, INP": lambda: numpy_evaluator(distances, *pids, 0, 3),
            "fast-reid's loop in numba": lambda: fast_reid_loop(distances, *pids, 0, 3),
        }
    )
    memory, whole, *others = costs.items()
    for name, spent in (memory, whole):
        yield Row(name, *spent[:2])
    for name, spent in others:
        yield Row(f"{name}, to memory", *spent[:2], spent.seconds / memory[1].seconds, least_ratio=10)
        yield Row(f"{name}, to file", ratio=spent.seconds / whole[1].seconds)
    child = run_child(path, folder / "truth.csv", described)
    yield Row("distances: child, RssAnon + RssShmem", child.seconds, peak_bytes=child.peak_bytes)


def _embedding_rows(folder: Path, queries: SingleArray, gallery: SingleArray) -> Iterator[Row]:
    path, described = folder / "vectors.safetensors", SubmissionFormat(kind="embeddings")
    truth = _read(folder / "truth.csv")
    track = truth.manifest.tracks[0]
    ids = truth.manifest.queries(track), truth.manifest.gallery(track)
    with path.open("wb") as file:
        write_safetensors(file, Embeddings(ids[0], queries, ids[1], gallery))
    costs = in_turns(
        {
            f"bare float32 product, {_DIMENSIONS:,} dimensions": lambda: _product(queries, gallery),
            "embeddings in memory to metrics": lambda: rank_in_memory(queries, gallery, truth),
            "embeddings, file to metrics, its hash included": lambda: _evaluate(path, truth, described),
        }
    )
    yardstick = next(iter(costs.values())).processor_seconds
    for name, spent in costs.items():
        bar = 1.25 if "memory" in name else None
        yield Row(name, *spent[:2], spent.processor_seconds / yardstick, most_ratio=bar)
    child = run_child(path, folder / "truth.csv", described)
    yield Row("embeddings: child, RssAnon + RssShmem", child.seconds, peak_bytes=child.peak_bytes)


def numpy_evaluator(
    distances: SingleArray, query_pids: IntArray, gallery_pids: IntArray, query_camera: int, gallery_camera: int
) -> tuple[float, float, float]:
    """Return rank-1, mAP and mINP by sorting each row."""
    hits, precisions, penalties = [], [], []
    cameras = np.full(len(gallery_pids), gallery_camera)
    for row, pid in zip(distances, query_pids, strict=True):
        order = np.argsort(row)
        is_junk = (gallery_pids[order] == pid) & (cameras[order] == query_camera)
        matches = (gallery_pids[order] == pid)[~is_junk]
        found = matches.cumsum()
        hits.append((found > 0)[:_RANKS])
        precisions.append((found / np.arange(1, len(found) + 1) * matches).sum() / found[-1])
        penalties.append(found[-1] / (np.flatnonzero(matches)[-1] + 1))
    return float(np.mean(hits, axis=0)[0]), float(np.mean(precisions)), float(np.mean(penalties))


def _fast_reid_loop(
    distances: SingleArray, query_pids: IntArray, gallery_pids: IntArray, query_camera: int, gallery_camera: int
) -> tuple[float, float, float]:
    """Return rank-1, mAP and mINP as the published loop computes them: every item of every sorted row is looked at."""
    cmc, precision, penalty = np.zeros(_RANKS), 0.0, 0.0
    for query in range(len(distances)):
        found, rank, total, last = 0, 0, 0.0, 0
        for item in np.argsort(distances[query]):
            is_same = gallery_pids[item] == query_pids[query]
            if is_same and gallery_camera == query_camera:
                continue
            rank += 1
            if is_same:
                if found == 0:
                    cmc[rank - 1 :] += 1.0
                found, last = found + 1, rank
                total += found / rank
        precision += total / found
        penalty += found / last
    return cmc[0] / len(distances), precision / len(distances), penalty / len(distances)


#: For this machine's processor, as anybody would compile it.
fast_reid_loop: Final[Any] = numba.njit(_fast_reid_loop)


def _target(truth: Annotations, described: SubmissionFormat) -> tuple[Target, Context]:
    """Return what a file is scored against."""
    protocol, manifest = Protocol(), truth.manifest
    job = new_job(
        build_truth(truth, protocol, depth=None, two_roles=True),
        cells=len(SPLITS),
        units=len(truth.columns["cluster"].values),
        largest_gallery=manifest.n_gallery(manifest.tracks[0]),
    )
    context = Context(manifest=manifest, submission_format=described, limits=Limits())
    return new_target(context, job, cut=None), context


def rank_in_memory(queries: SingleArray, gallery: SingleArray, truth: Annotations) -> Context:
    """Rank and score vectors as the reader of files does; return what it would be told."""
    target, context = _target(truth, SubmissionFormat(kind="embeddings"))
    pair = Pair(*prepare(queries, gallery, metric="cosine"), 0)
    score_embeddings(pair, target)
    add_up_target(target, context)
    return context


def score_in_memory(distances: SingleArray, truth: Annotations) -> Context:
    """Score a matrix with all threads, as the reader of files does with its blocks; return what it would be told."""
    target, context = _target(truth, SubmissionFormat(kind="distances"))
    over_rows(
        lambda first, last, bench: target.score_rows(distances[first:last], first, bench),
        len(distances),
        target.benches,
    )
    add_up_target(target, context)
    return context


def _product(queries: SingleArray, gallery: SingleArray) -> None:
    """Multiply all pairs tile by tile, and keep nothing."""
    out = np.empty(_QUERIES * _TILE, np.float32)
    for first in range(0, len(queries), _QUERIES):
        left = queries[first : first + _QUERIES]
        for start in range(0, len(gallery), _TILE):
            right = gallery[start : start + _TILE]
            np.matmul(left, right.T, out=out[: len(left) * len(right)].reshape(len(left), len(right)))


def _unit(vectors: SingleArray) -> SingleArray:
    lengths: SingleArray = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / lengths


def _read(path: Path) -> Annotations:
    with path.open("rb") as file:
        return Annotations.read(file)


def _evaluate(path: Path, truth: Annotations, described: SubmissionFormat) -> object:
    with path.open("rb") as file:
        return evaluate(file, annotations=truth, submission_format=described, protocol=Protocol())


if __name__ == "__main__":
    sys.exit(show(rows()))
