"""One file or more of every kind that the library reads, large enough for several blocks, with ground truth and format."""

import io
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial

import numpy as np

from scoring.submission import READERS
from tests.scoring.sets import annotations_csv, gz, labels_csv, ranking_csv, zipped, zst
from tests.scoring.vectors.arrays import npy

COLUMNS = ("track", "role", "image_id", "pid", "camid", "split", "tracklet", "draws")
TRACKS = {"ag": (150, 900), "ga": (90, 700)}
IDENTITIES = 60


@cache
def truth():
    """Return the rows of the annotations: every identity in both tracks and both splits' share, some items junk."""
    rows = []
    for track, sizes in TRACKS.items():
        for role, size in zip(("query", "gallery"), sizes, strict=True):
            for number in range(size):
                person = number % IDENTITIES
                rows.append(
                    {
                        "track": track,
                        "role": role,
                        "image_id": f"{track}{role[0]}{number}",
                        "pid": f"P{person:03d}",
                        "camid": str(number // IDENTITIES % 3),
                        "split": ("private" if person % 3 else "public") if role == "query" else "",
                        "tracklet": f"{person}-{number // IDENTITIES // 2}" if role == "gallery" else "",
                        "draws": "1" if role == "gallery" and number < 3 * IDENTITIES else "",
                    }
                )
    return rows


def images(track, role):
    """Return the rows of one track and role."""
    return [row for row in truth() if (row["track"], row["role"]) == (track, role)]


@cache
def distances(track):
    """Return float32 distances of shape (n_queries, n_gallery), some of them equal."""
    queries, items = images(track, "query"), images(track, "gallery")
    draw = np.random.default_rng(len(items))
    same = np.array([[query["pid"] == item["pid"] for item in items] for query in queries])
    found = draw.random(same.shape, dtype=np.float32) * np.where(same, np.float32(0.3), np.float32(1.0))
    return np.round(found, 3)


def orders(track):
    """Return the gallery positions of each query, nearest first."""
    return np.argsort(distances(track), axis=1, kind="stable")


def answers(depth=None):
    """Return {query id: gallery ids}, nearest first."""
    found = {}
    for track in TRACKS:
        names = np.array([row["image_id"] for row in images(track, "gallery")])
        for query, order in zip(images(track, "query"), orders(track), strict=True):
            found[query["image_id"]] = names[order[:depth]].tolist()
    return found


def labels(top=1):
    """Return {query id: identities of the nearest items}, different ones, nearest first."""
    pids = {row["image_id"]: row["pid"] for row in truth() if row["role"] == "gallery"}
    return {
        query: " ".join(list(dict.fromkeys(pids[item] for item in items))[:top]) for query, items in answers().items()
    }


def positions(base):
    """Return {query id: gallery positions as text}, counted from the base."""
    return {
        query["image_id"]: [str(item + base) for item in order]
        for track in TRACKS
        for query, order in zip(images(track, "query"), orders(track).tolist(), strict=True)
    }


def lines(track):
    """Return one line of positions per query of a track."""
    return "".join(" ".join(map(str, order)) + "\n" for order in orders(track).tolist()).encode()


def run(draw):
    """Return a TREC run, its lines in any order; the ranks are wrong, since nobody reads them."""
    rows = [
        f"{query['image_id']} Q0 {item['image_id']} 0 {1 - distance:.3f} x\n"
        for track in TRACKS
        for query, of_query in zip(images(track, "query"), distances(track).tolist(), strict=True)
        for item, distance in zip(images(track, "gallery"), of_query, strict=True)
    ]
    if draw:
        draw.shuffle(rows)
    return "".join(rows).encode()


def listed_json(draw):
    """Return the rankings as the VRAI server takes them."""
    rows = [{"query_id": query, "ans_ids": items} for query, items in shuffled(answers(), draw).items()]
    return json.dumps({"reid_result": rows}).encode()


def embeddings(track, shuffler=None):
    """Return a .npz of vectors clustered by identity, some copies, some so near that single precision cannot order them."""
    draw, arrays = np.random.default_rng(len(track)), {}
    centres = draw.standard_normal((IDENTITIES, 48))
    for role in ("query", "gallery"):
        rows = images(track, role)
        people = [int(row["pid"][1:]) for row in rows]
        vectors = (centres[people] + 1.5 * draw.standard_normal((len(rows), 48))).astype(np.float32)
        vectors[5:9] = vectors[:4]
        vectors[10:40] = vectors[9] + 1e-6 * draw.standard_normal((30, 48))
        order = list(range(len(rows)))
        if shuffler:
            shuffler.shuffle(order)
        arrays |= {f"{role}_ids": np.array([row["image_id"] for row in rows])[order], role: vectors[order]}
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


def matrix(track, shuffler=None):
    """Return distances as a CSV matrix with ids, in any order of its lines and columns."""
    queries, items = list(enumerate(images(track, "query"))), list(enumerate(images(track, "gallery")))
    if shuffler:
        shuffler.shuffle(queries)
        shuffler.shuffle(items)
    rows = [["", *(item["image_id"] for _, item in items)]]
    found = distances(track).tolist()
    rows += [[query["image_id"], *(f"{found[at][item]:.3f}" for item, _ in items)] for at, query in queries]
    return "".join(",".join(row) + "\n" for row in rows).encode()


def per_track(ending, write):
    """Return a zip of one file per track."""
    return zipped(*((f"{track}.{ending}", write(track)) for track in TRACKS))


@dataclass(frozen=True)
class Submitted:
    """Hold one file: what it is, how it is written, and whether the order of its rows, or of the gallery, means something."""

    name: str
    described: dict
    write: Callable[[random.Random | None], bytes]
    protocol: dict = field(default_factory=dict)
    rows_have_order: bool = False
    gallery_has_order: bool = False

    @property
    def kind(self):
        """Return the kind of the format."""
        return self.described.get("kind", "ranking")


def shuffled(pairs, draw):
    """Return a mapping in another order, or in its own without a draw."""
    items = list(pairs.items())
    if draw:
        draw.shuffle(items)
    return dict(items)


#: All of them; a kind that is read and has none fails a test.
FILES = (
    Submitted("ranking", {"kind": "ranking"}, lambda draw: ranking_csv(shuffled(answers(), draw))),
    Submitted("ranking_gz", {"kind": "ranking"}, lambda draw: gz(ranking_csv(shuffled(answers(), draw)))),
    Submitted("ranking_zst", {"kind": "ranking"}, lambda draw: zst(ranking_csv(shuffled(answers(), draw)))),
    Submitted(
        "ranking_positions",
        {"kind": "ranking", "index_base": "1"},
        lambda draw: ranking_csv(shuffled(positions(1), draw)),
        gallery_has_order=True,
    ),
    Submitted(
        "ranking_cut",
        {"kind": "ranking", "depth": 50},
        lambda draw: ranking_csv(shuffled(answers(50), draw)),
        protocol={"ap": "trapezoid", "no_match": "zero", "aggregate": "macro"},
    ),
    Submitted(
        "ranking_tracklets",
        {"kind": "ranking"},
        lambda draw: ranking_csv(shuffled(answers(), draw)),
        protocol={"draw": "fixed", "image_to_track": True},
    ),
    Submitted(
        "ranking_draws",
        {"kind": "ranking"},
        lambda draw: ranking_csv(shuffled(answers(), draw)),
        protocol={"draw": "per_query", "draws": 10, "draw_seed": 3},
        gallery_has_order=True,
    ),
    Submitted(
        "ranking_lines",
        {"kind": "ranking_lines", "index_base": "0"},
        lambda _draw: per_track("txt", lines),
        rows_have_order=True,
        gallery_has_order=True,
    ),
    Submitted("ranking_json", {"kind": "ranking_json"}, listed_json),
    Submitted("run", {"kind": "run"}, run, gallery_has_order=True),  # equal scores go to the earlier item
    Submitted(
        "embeddings",
        {"kind": "embeddings"},
        lambda draw: per_track("npz", partial(embeddings, shuffler=draw)),
        gallery_has_order=True,
    ),
    Submitted(
        "embeddings_reranked",
        {"kind": "embeddings", "rerank": "zhong_python", "metric": "euclidean"},
        lambda draw: per_track("npz", partial(embeddings, shuffler=draw)),
        gallery_has_order=True,  # copies of vectors go to the earlier item
    ),
    Submitted(
        "distances",
        {"kind": "distances"},
        lambda _draw: per_track("npy", lambda track: npy(distances(track))),
        rows_have_order=True,
        gallery_has_order=True,
    ),
    Submitted(
        "distances_csv",
        {"kind": "distances"},
        lambda draw: per_track("csv", partial(matrix, shuffler=draw)),
        gallery_has_order=True,
    ),
    Submitted(
        "labels",
        {"kind": "labels"},
        lambda draw: labels_csv(shuffled(labels(), draw)),
        protocol={"gallery_labels": "released"},
    ),
    Submitted(
        "labels_top_5",
        {"kind": "labels", "top": 5},
        lambda draw: labels_csv(shuffled(labels(5), draw)),
        protocol={"gallery_labels": "released"},
    ),
)


def readable():
    """Return the files whose kind this library reads."""
    return [file for file in FILES if file.kind in READERS]


def annotations(draw=None):
    """Return the annotations as CSV, in another order of rows where there is a draw; rows of a track stay together."""
    rows = list(truth())
    if draw:
        draw.shuffle(rows)
        rows.sort(key=lambda row: row["track"])
    return annotations_csv(rows, COLUMNS)
