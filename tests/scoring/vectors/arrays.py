"""Write arrays as the files that the library reads, and rank them in the plainest way."""

import io
import math

import numpy as np

from scoring import SubmissionFormat
from scoring.vectors.writing import Embeddings, write_npz, write_parquet, write_safetensors
from tests.scoring.sets import read_manifest, zipped

DISTANCES = SubmissionFormat(kind="distances")


def npy(array, **more):
    """Return the bytes of a .npy file."""
    buffer = io.BytesIO()
    np.save(buffer, array, **more)
    return buffer.getvalue()


def sizes(rows):
    """Return {track: (number of queries, number of gallery items)}."""
    manifest = read_manifest(rows)
    return {track: (len(manifest.queries(track)), manifest.n_gallery(track)) for track in manifest.tracks}


def random_distances(rows, seed, *, dtype=np.float32, levels=None):
    """Return distances of each track, smaller for pairs of one identity; few `levels` give many ties."""
    draw, found = np.random.default_rng(seed), {}
    pids = {(row["track"], row["role"], row["image_id"]): row["pid"] for row in rows}
    manifest = read_manifest(rows)
    for track in manifest.tracks:
        own, other = (
            np.array([pids[track, role, name] for name in names], dtype=object)
            for role, names in (("query", manifest.queries(track)), ("gallery", manifest.gallery(track)))
        )
        matrix = draw.random((len(own), len(other))) * np.where(own[:, None] == other, 0.6, 1.0)
        found[track] = (np.floor(matrix * levels) if levels else matrix).astype(dtype)
    return found


def distance_file(distances):
    """Return a .npy file, or a zip of one for each track."""
    if len(distances) == 1:
        return npy(*distances.values())
    return zipped(*((f"{track}.npy", npy(matrix)) for track, matrix in distances.items()))


def sorted_answers(rows, distances):
    """Return the ranking of every query: a stable sort of its distances."""
    manifest, answers = read_manifest(rows), {}
    for track, matrix in distances.items():
        gallery = np.array(manifest.gallery(track), dtype=object)
        order = np.argsort(matrix, axis=1, kind="stable")
        answers |= {query: gallery[order[row]].tolist() for row, query in enumerate(manifest.queries(track))}
    return answers


EMBEDDINGS = SubmissionFormat(kind="embeddings")
EUCLIDEAN = SubmissionFormat(kind="embeddings", metric="euclidean")
WRITERS = {"npz": write_npz, "safetensors": write_safetensors, "parquet": write_parquet}


def random_embeddings(rows, seed, *, dimensions=24, noise=1.0, track="ag"):
    """Return the vectors of one track, clustered by identity."""
    draw, manifest = np.random.default_rng(seed), read_manifest(rows)
    pids = {(row["role"], row["image_id"]): row["pid"] for row in rows if row["track"] == track}
    centres = {pid: draw.standard_normal(dimensions) for pid in sorted(set(pids.values()))}
    made = []
    for role, names in (("query", manifest.queries(track)), ("gallery", manifest.gallery(track))):
        vectors = [centres[pids[role, name]] + noise * draw.standard_normal(dimensions) for name in names]
        made += [list(names), np.array(vectors, np.float32)]
    return Embeddings(*made)


def written(embeddings, name="npz"):
    """Return the bytes of a file of embeddings."""
    buffer = io.BytesIO()
    WRITERS[name](buffer, embeddings)
    return buffer.getvalue()


def exact_distances(embeddings, metric):
    """Return half the squared lengths of differences in float64, summed in the plainest way."""
    sides = [side.astype(np.float64) for side in (embeddings.query, embeddings.gallery)]
    if metric == "cosine":
        sides = [side / np.array([math.sqrt(math.fsum(row * row)) for row in side])[:, None] for side in sides]
    queries, gallery = sides
    return np.array([[0.5 * math.fsum((query - item) ** 2) for item in gallery] for query in queries])
