"""Boards of a few entries, written as scoring leaves them."""

import io

import numpy as np

from scoring import Annotations, Protocol
from scoring.comparison import Entry


def ground_truth(people, *, tracks=("t",), columns=None, queries=1, private=(), seed=None):
    """Return annotations with some queries of every person in every track.

    `columns` maps a name to a function of (person, track, number) that gives the query's value. With a seed the number
    of queries is drawn from 0 to `queries`.
    """
    columns = columns or {}
    draw = np.random.default_rng(seed)
    lines = [",".join(["track", "role", "image_id", "pid", "camid", "split", *columns])]
    for track in tracks:
        for person in range(people):
            split = "private" if person in private else "public"
            for number in range(queries if seed is None else int(draw.integers(0, queries + 1))):
                values = [str(column(person, track, number)) for column in columns.values()]
                row = [track, "query", f"{track}q{person}_{number}", f"p{person:04d}", "1", split, *values]
                lines.append(",".join(row))
        lines += [f"{track},gallery,g{person},p{person:04d},2,{',' * len(columns)}" for person in range(people)]
    return Annotations.read(io.BytesIO(("\n".join(lines) + "\n").encode()))


def n_queries(annotations):
    return sum(len(annotations.manifest.queries(track)) for track in annotations.manifest.tracks)


def entry(annotations, values, *, protocol=None, valid=None):
    """Return an entry whose average precision has the given values; rank 1 is hit where they are 1."""
    manifest = annotations.manifest
    values = np.asarray(values, dtype=np.float64)
    ones = np.ones(len(values), dtype=np.int64)
    columns = {
        "query_id": np.array([query for track in manifest.tracks for query in manifest.queries(track)]),
        "valid": np.ones(len(values), dtype=np.bool_) if valid is None else np.asarray(valid),
        "relevant": ones,
        "found": ones,
        "first_match_rank": np.where(values == 1.0, 1, 2),
        "last_match_rank": ones,
        "ap": values,
        "inp": values,
    }
    return Entry(annotations.sha256, (protocol or Protocol()).hash, columns)
