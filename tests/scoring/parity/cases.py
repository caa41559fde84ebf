"""Random test sets with distances, as arrays for the oracles and as files for the library."""

import io
import random
from dataclasses import dataclass

import numpy as np

from scoring import SubmissionFormat
from tests.scoring.sets import ranking_csv, read_annotations


@dataclass(frozen=True)
class Case:
    """One track: distances of shape (Q, G), lower is nearer; identities and cameras as strings."""

    distances: np.ndarray
    query_pids: list
    query_cameras: list
    gallery_pids: list
    gallery_cameras: list

    def rows(self):
        """Return the annotations."""
        sides = (
            ("query", "q", self.query_pids, self.query_cameras),
            ("gallery", "g", self.gallery_pids, self.gallery_cameras),
        )
        return [
            {"track": "t", "role": role, "image_id": f"{letter}{number}", "pid": pid, "camid": camera}
            for role, letter, pids, cameras in sides
            for number, (pid, camera) in enumerate(zip(pids, cameras, strict=True))
        ]

    def ranking(self):
        """Return the wide ranking file: by distance, equal ones by gallery position."""
        orders = np.argsort(self.distances, axis=1, kind="stable")
        return ranking_csv({f"q{query}": [f"g{item}" for item in order] for query, order in enumerate(orders)})

    def matrix(self):
        """Return the file of distances."""
        content = io.BytesIO()
        np.save(content, self.distances)
        return content.getvalue()

    def score(self, preset, *, kind="ranking", **more):
        """Return the preset's figures of the ranking file, or of the distances."""
        found = preset.evaluate(
            io.BytesIO(self.ranking() if kind == "ranking" else self.matrix()),
            annotations=read_annotations(self.rows()),
            submission_format=SubmissionFormat(kind=kind),
            **more,
        )
        return dict(found.values["t"])


def listed(hits):
    """Return one query whose list has the given hits, in order of distance."""
    return Case(
        distances=np.arange(1, len(hits) + 1, dtype=np.float32)[np.newaxis],
        query_pids=["a"],
        query_cameras=["1"],
        gallery_pids=["a" if hit == "1" else f"b{number}" for number, hit in enumerate(hits)],
        gallery_cameras=["2"] * len(hits),
    )


def random_case(seed, *, queries, gallery, identities, cameras=3, junk=0.0, distractors=0.0):
    """Return a set without ties whose matches lie nearer than chance; some queries have no match, some items nobody's identity.

    Distances are different multiples of 1 / gallery, which float32 tells apart.
    """
    draw = random.Random(seed)

    def identity():
        number = draw.random()
        if number < junk:
            return "-1"
        return "0" if number < junk + distractors else f"P{draw.randrange(identities)}"

    camera = lambda: str(draw.randrange(cameras))  # noqa: E731
    gallery_pids = [identity() for _ in range(gallery)]
    # At least one query has a match, or the evaluators refuse the set.
    gallery_pids[0], gallery_cameras = "P0", ["0"] + [camera() for _ in range(gallery - 1)]
    query_pids = ["P0"] + [f"P{draw.randrange(identities)}" for _ in range(queries - 1)]
    query_cameras = ["1"] + [camera() for _ in range(queries - 1)]
    distances = np.zeros((queries, gallery), dtype=np.float32)
    for query, pid in enumerate(query_pids):
        order = list(range(gallery))
        order.sort(key=lambda item, pid=pid: draw.random() - 0.6 * draw.random() * (gallery_pids[item] == pid))
        distances[query, order] = np.arange(1, gallery + 1, dtype=np.float32) / np.float32(gallery)
    return Case(distances, query_pids, query_cameras, gallery_pids, gallery_cameras)
