"""Embeddings have the score of rankings by exact distances, from every format and in any order of their rows."""

import io
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring import Protocol, SubmissionFormat
from scoring.reranking import VARIANTS, rerank
from scoring.vectors import screening
from tests.scoring.sets import gz, random_set, ranking_csv, report, score, zipped
from tests.scoring.vectors.arrays import (
    EMBEDDINGS,
    EUCLIDEAN,
    WRITERS,
    exact_distances,
    npy,
    random_embeddings,
    sizes,
    sorted_answers,
    written,
)

ROWS = random_set(11, identities=40, tracks=("ag",))
SHAPE = sizes(ROWS)["ag"]
GOOD = random_embeddings(ROWS, 11)


def same_scores(rows, embeddings, described, protocol=None):
    found = score(rows, written(embeddings), described=described, protocol=protocol)
    distances = {"ag": exact_distances(embeddings, described.metric)}
    wanted = score(rows, ranking_csv(sorted_answers(rows, distances)), protocol=protocol)
    assert found.scores == wanted.scores
    for name, values in wanted.per_query.items():
        np.testing.assert_array_equal(found.per_query[name], values)


@pytest.mark.parametrize("described", [EMBEDDINGS, EUCLIDEAN], ids=["cosine", "euclidean"])
@pytest.mark.parametrize("protocol", [Protocol(), Protocol(junk=(("camid",),)), Protocol(depth=9)])
def test_scores_are_those_of_rankings_by_exact_distances(described, protocol):
    same_scores(ROWS, GOOD, described, protocol)


def crowded(rows, seed, dimensions, scale):
    """Return whole numbers, so that exact distances often tie, with copies and neighbours in the last bit among them."""
    draw, made = np.random.default_rng(seed), random_embeddings(rows, seed, dimensions=dimensions)
    query, gallery = (draw.integers(-3, 4, side.shape).astype(np.float32) for side in (made.query, made.gallery))
    for side in (query, gallery):
        side[~side.any(axis=1)] = 1.0
    few = gallery[draw.integers(0, len(gallery), 3)]
    gallery[: len(gallery) // 2] = few[draw.integers(0, 3, len(gallery) // 2)]
    query[: len(query) // 2] = few[draw.integers(0, 3, len(query) // 2)]
    at = draw.integers(0, len(gallery), len(gallery) // 4)
    gallery[at] = np.nextafter(gallery[at], np.float32(9))
    return made._replace(query=query * np.float32(scale), gallery=gallery * np.float32(scale))


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 9),
    st.integers(0, 2**32 - 1),
    st.sampled_from([1, 2, 7, 64, 70]),
    st.sampled_from([1, 2**100, 2**-90]),
)
def test_copies_ties_and_near_ties_stand_as_exact_distances_say(rows_seed, seed, dimensions, scale):
    rows = random_set(rows_seed, identities=12, tracks=("ag",))
    # Powers of two and small whole numbers: plain float64 sums of squares are exact here for Euclidean distances.
    same_scores(rows, crowded(rows, seed, dimensions, scale), EUCLIDEAN)


def test_one_endless_vector_takes_no_digit_from_the_others():
    made = crowded(ROWS, 5, 6, 1)
    made.gallery[-1] = 3e38
    same_scores(ROWS, made, EUCLIDEAN)
    same_scores(ROWS, made._replace(query=made.query * 2**-20, gallery=made.gallery * np.float32(2**-20)), EUCLIDEAN)


def test_copies_tie_under_cosine_too():
    made = crowded(ROWS, 5, 30, 1)
    for side in (made.query, made.gallery):
        side[:] = np.abs(side)
    twice = made._replace(query=made.query * 2, gallery=made.gallery * np.float32(0.25))
    assert (
        score(ROWS, written(made), described=EMBEDDINGS).scores
        == score(ROWS, written(twice), described=EMBEDDINGS).scores
    )
    same = made._replace(gallery=np.ones_like(made.gallery))
    order = {"ag": np.zeros(SHAPE)}
    wanted = score(ROWS, ranking_csv(sorted_answers(ROWS, order)))
    assert score(ROWS, written(same), described=EMBEDDINGS).scores == wanted.scores


def test_tiles_blocks_and_threads_change_nothing(monkeypatch):
    whole = score(ROWS, written(GOOD), described=EMBEDDINGS)
    for tile, queries, threads in ((1, 3, "1"), (33, 7, "2"), (2048, 1, "2")):
        monkeypatch.setattr(screening, "_TILE", tile)
        monkeypatch.setattr(screening, "_QUERIES", queries)
        monkeypatch.setenv("NUMBA_NUM_THREADS", threads)
        assert score(ROWS, written(GOOD), described=EMBEDDINGS).scores == whole.scores


def shuffled(embeddings, seed=3):
    draw = np.random.default_rng(seed)
    one, other = draw.permutation(len(embeddings.query)), draw.permutation(len(embeddings.gallery))
    return embeddings._replace(
        query_ids=[embeddings.query_ids[at] for at in one],
        query=embeddings.query[one],
        gallery_ids=[embeddings.gallery_ids[at] for at in other],
        gallery=embeddings.gallery[other],
    )


def numpy_saved(embeddings, save=np.savez):
    buffer = io.BytesIO()
    save(buffer, **{name: np.array(part) for name, part in embeddings._asdict().items()})
    return buffer.getvalue()


def bytes_ids(embeddings):
    buffer, parts = io.BytesIO(), embeddings._asdict()
    names = {name: np.array(parts[name], np.bytes_) for name in ("query_ids", "gallery_ids")}
    np.savez(buffer, query=embeddings.query, gallery=embeddings.gallery, **names)
    return buffer.getvalue()


def tensor_ids(embeddings):
    """Write safetensors with the ids as tensors of bytes, behind the vectors."""
    texts = {name: json.dumps(getattr(embeddings, name)).encode() for name in ("query_ids", "gallery_ids")}
    parts = {"query": embeddings.query.tobytes(), "gallery": embeddings.gallery.tobytes(), **texts}
    header, at = {}, 0
    for name, content in parts.items():
        kind, shape = ("U8", [len(content)]) if name in texts else ("F32", list(getattr(embeddings, name).shape))
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [at, at + len(content)]}
        at += len(content)
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + b"".join(parts.values())


ACCEPTED = {
    **{name: written(GOOD, name) for name in WRITERS},
    **{f"{name}, other order": written(shuffled(GOOD), name) for name in WRITERS},
    **{f"{name}, gz": gz(written(GOOD, name)) for name in WRITERS},
    **{f"{name}, zip": zipped((f"any.{name}", written(GOOD, name))) for name in WRITERS},
    "numpy.savez": numpy_saved(GOOD),
    "numpy.savez_compressed": numpy_saved(GOOD, np.savez_compressed),
    "ids as bytes": bytes_ids(GOOD),
    "ids as tensors": tensor_ids(GOOD),
}


@pytest.mark.parametrize("content", ACCEPTED.values(), ids=ACCEPTED)
def test_every_format_and_order_is_accepted_silently_and_scores_alike(content):
    found = report(ROWS, content, described=EMBEDDINGS)
    assert (found.problems, found.queries_found, found.rows_read) == ((), SHAPE[0], sum(SHAPE))
    assert score(ROWS, content, described=EMBEDDINGS).scores == score(ROWS, written(GOOD), described=EMBEDDINGS).scores


@pytest.mark.parametrize("name", WRITERS)
def test_half_floats_are_what_they_are_as_floats(name):
    half = GOOD._replace(query=GOOD.query.astype(np.float16), gallery=GOOD.gallery.astype(np.float16))
    full = half._replace(query=half.query.astype(np.float32), gallery=half.gallery.astype(np.float32))
    assert (
        score(ROWS, written(half, name), described=EMBEDDINGS).scores
        == score(ROWS, written(full, name), described=EMBEDDINGS).scores
    )


def test_several_tracks_are_a_zip_of_a_file_for_each():
    rows = random_set(11, identities=40)
    both = {track: random_embeddings(rows, 11, track=track) for track in ("ag", "ga")}
    content = zipped(*((f"{track}.npz", written(made)) for track, made in both.items()))
    distances = {track: exact_distances(made, "cosine") for track, made in both.items()}
    assert (
        score(rows, content, described=EMBEDDINGS).scores
        == score(rows, ranking_csv(sorted_answers(rows, distances))).scores
    )


@pytest.mark.parametrize("variant", ["zhong_python", "fast_reid"])
def test_a_challenge_may_re_rank(variant):
    described = SubmissionFormat(kind="embeddings", rerank=variant)
    matrix = rerank(GOOD.query, GOOD.gallery, settings=VARIANTS[variant]).matrix()
    wanted = score(ROWS, ranking_csv(sorted_answers(ROWS, {"ag": matrix})))
    assert score(ROWS, written(GOOD), described=described).scores == wanted.scores


# 700 queries and 2,300 items: several blocks and tiles; copies, near-copies and crowds at the rounding bound.
DIGESTS = """
import numpy as np
from scoring.vectors.writing import Embeddings
from tests.scoring.sets import random_set, score
from tests.scoring.vectors.arrays import EMBEDDINGS, EUCLIDEAN, random_embeddings, written
import hashlib
rows = random_set(2, identities=300, tracks=("ag",), queries=4, gallery=14)
made = random_embeddings(rows, 2, dimensions=300, noise=1.5)
made.gallery[500:900] = made.gallery[:400]
made.gallery[900:1300] = made.gallery[100:500] * np.float32(1 + 1e-6)
made.query[:100] += np.float32(1e-7)
for described in (EMBEDDINGS, EUCLIDEAN):
    result = score(rows, written(made), described=described)
    print(hashlib.sha256(repr([result.scores, [(k, v.tobytes()) for k, v in result.per_query.items()]]).encode()).hexdigest())
"""


def digests(**environment):
    command = [sys.executable, "-c", DIGESTS]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | environment).stdout


def test_processor_and_threads_change_no_byte():
    found = {
        digests(OPENBLAS_CORETYPE=core, OPENBLAS_NUM_THREADS=threads, NUMBA_NUM_THREADS=threads)
        for core in ("Haswell", "Nehalem")
        for threads in ("1", "2")
    }
    assert [len(one.split()) for one in found] == [2]


def test_a_matrix_is_no_file_of_embeddings():
    assert report(ROWS, npy(np.zeros(SHAPE, np.float32)), described=EMBEDDINGS).errors[0].code == "wrong_array"
