"""TPR@FPR of embeddings is that of their exact distances, whatever a product leaves open."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring import Protocol, SubmissionFormat
from scoring.metrics.verification import name
from scoring.reranking import VARIANTS, rerank
from scoring.vectors import screening
from tests.scoring.sets import score, zipped
from tests.scoring.vectors.arrays import DISTANCES, EMBEDDINGS, EUCLIDEAN, Embeddings, npy, written

SPLITS = ("public", "private", "all")


def images(queries, gallery, *, identities=15, track="ag"):
    """Return rows: identities in turn, two cameras, a third of the identities private."""
    return [
        {
            "track": track,
            "role": role,
            "image_id": f"{track}{role[0]}{number}",
            "pid": f"P{number % identities:02d}",
            "camid": str(number // identities % 2),
            "split": "private" if number % identities % 3 == 0 else "public",
        }
        for role, size in (("query", queries), ("gallery", gallery))
        for number in range(size)
    ]


def embeddings_of(rows, query, gallery):
    ids = {role: [row["image_id"] for row in rows if row["role"] == role] for role in ("query", "gallery")}
    return Embeddings(ids["query"], query, ids["gallery"], gallery)


def slow_rates(rows, distances, protocol):
    """Return {(split, metric): rate}: every distance is tried as a threshold, the largest that accepts few enough is taken."""
    queries, items = ([row for row in rows if row["role"] == role] for role in ("query", "gallery"))
    kinds = np.zeros(distances.shape, np.int64)
    for at, query in enumerate(queries):
        for column, item in enumerate(items):
            is_junk = any(all(query[key] == item[key] for key in keys) for keys in protocol.junk)
            if not is_junk and item["pid"] not in protocol.junk_pids and query["pid"] not in protocol.distractor_pids:
                kinds[at, column] = 1 if query["pid"] == item["pid"] else 2
    found = {}
    for split in SPLITS:
        chosen = [at for at, query in enumerate(queries) if split in ("all", query["split"])]
        genuine, impostors = (np.sort(distances[chosen][kinds[chosen] == kind]) for kind in (1, 2))
        for per in (10_000, 1000):
            if len(impostors) >= 10 * per and len(genuine):
                thresholds = np.concatenate([genuine, impostors, [-1.0]])
                accepted = np.searchsorted(impostors, thresholds, side="right")
                largest = thresholds[accepted * per <= len(impostors)].max()
                found[split, name(per)] = np.searchsorted(genuine, largest, side="right") / len(genuine)
    return found


def rates(result, track="ag"):
    return {
        (one.split, one.metric): one.value
        for one in result.scores
        if one.metric.startswith("TPR") and one.track == track
    }


def whole_numbers(draw, shape, dimensions, *, copies, near):
    """Return vectors of small whole numbers, whose exact distances are exact in any order of sums; copies and neighbours."""
    query, gallery = (draw.integers(-3, 4, (size, dimensions)).astype(np.float32) for size in shape)
    few = gallery[:3].copy()
    for side in (query, gallery):
        at = draw.random(len(side)) < copies
        side[at] = few[draw.integers(0, 3, int(at.sum()))]
    at = draw.random(len(gallery)) < near
    gallery[at] = np.nextafter(gallery[at], np.float32(9))
    return query, gallery


PROTOCOLS = (
    Protocol(),
    Protocol(junk=(("camid",),), junk_pids=("P01",), distractor_pids=("P02",)),
    Protocol(depth=3),
)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([1, 2, 7, 64, 70, 600]),
    st.sampled_from([0.0, 0.5, 1.0]),
    st.sampled_from([0.0, 0.3]),
    st.sampled_from([1, 2**100, 2**-90]),
    st.sampled_from(PROTOCOLS),
)
def test_rates_are_those_of_exact_distances_with_ties_copies_and_neighbours(
    seed, dimensions, copies, near, scale, protocol
):
    draw = np.random.default_rng(seed)
    # At and around 10,000 impostor pairs, where the rate begins to exist.
    shape = int(draw.integers(90, 160)), int(draw.integers(90, 160))
    rows = images(*shape)
    query, gallery = whole_numbers(draw, shape, dimensions, copies=copies, near=near)
    distances = 0.5 * ((query[:, None].astype(float) - gallery[None].astype(float)) ** 2).sum(axis=2)
    made = embeddings_of(rows, query * np.float32(scale), gallery * np.float32(scale))
    found = score(rows, written(made), described=EUCLIDEAN, protocol=protocol)
    assert rates(found) == slow_rates(rows, distances, protocol)


def clustered(seed, shape, dimensions, noise):
    draw = np.random.default_rng(seed)
    centres = draw.standard_normal((15, dimensions))
    return [
        (centres[np.arange(size) % 15] + noise * draw.standard_normal((size, dimensions))).astype(np.float32)
        for size in shape
    ]


@pytest.mark.parametrize("noise", [0.7, 1.5, 1e-6])
@pytest.mark.parametrize("described", [EMBEDDINGS, EUCLIDEAN], ids=["cosine", "euclidean"])
def test_blocks_tiles_and_threads_change_nothing(described, noise, monkeypatch):
    rows = images(300, 350)
    query, gallery = clustered(1, (300, 350), 40, noise)
    sides = [side.astype(float) for side in (query, gallery)]
    if described.metric == "cosine":
        sides = [side / np.sqrt((side * side).sum(axis=1, keepdims=True)) for side in sides]
    distances = 0.5 * ((sides[0][:, None] - sides[1][None]) ** 2).sum(axis=2)
    wanted = slow_rates(rows, distances, Protocol())
    assert {split for split, _ in wanted} == set(SPLITS)
    content = written(embeddings_of(rows, query, gallery))
    for tile, queries, threads in ((2048, 512, "1"), (2048, 1, "2"), (33, 7, "2")):
        monkeypatch.setattr(screening, "_TILE", tile)
        monkeypatch.setattr(screening, "_QUERIES", queries)
        monkeypatch.setenv("NUMBA_NUM_THREADS", threads)
        found = score(rows, content, described=described)
        assert rates(found) == pytest.approx(wanted, abs=1e-12)
        assert rates(found, "micro") == rates(found, "macro") == rates(found)


def test_both_targets_and_every_track_have_their_own_threshold():
    rows, files, distances = [], [], {}
    for track, shape in (("ag", (340, 330)), ("ga", (120, 130))):
        own = images(*shape, track=track)
        query, gallery = whole_numbers(np.random.default_rng(len(rows)), shape, 5, copies=0.1, near=0.1)
        distances[track] = 0.5 * ((query[:, None].astype(float) - gallery[None].astype(float)) ** 2).sum(axis=2)
        files.append((f"{track}.npz", written(embeddings_of(own, query, gallery))))
        rows += own
    found = score(rows, zipped(*files), described=EUCLIDEAN)
    for track, of_track in distances.items():
        own = [row for row in rows if row["track"] == track]
        assert rates(found, track) == slow_rates(own, of_track, Protocol())
    assert ("all", "TPR@FPR=0.0001") in rates(found, "ag")
    assert ("all", "TPR@FPR=0.0001") not in rates(found, "ga")


@pytest.mark.parametrize(("queries", "others", "exists"), [(99, 101, False), (100, 100, True)])
def test_the_rate_begins_where_ten_impostor_pairs_may_be_accepted(queries, others, exists):
    rows = images(queries, others + 1, identities=1)
    for row in rows[queries + 1 :]:
        row["pid"] = row["image_id"]
    query, gallery = whole_numbers(np.random.default_rng(3), (queries, others + 1), 4, copies=0, near=0)
    protocol = Protocol(junk=())
    found = score(rows, written(embeddings_of(rows, query, gallery)), described=EUCLIDEAN, protocol=protocol)
    assert bool(rates(found)) == exists


def test_re_ranked_distances_have_rates_as_a_matrix_has():
    rows = images(120, 130)
    made = embeddings_of(rows, *clustered(2, (120, 130), 16, 1.0))
    variant = VARIANTS["zhong_python"]
    matrix = rerank(made.query, made.gallery, settings=variant).matrix()
    found = score(rows, written(made), described=SubmissionFormat(kind="embeddings", rerank="zhong_python"))
    assert rates(found) == rates(score(rows, npy(matrix), described=DISTANCES))
    assert rates(found)
