"""Rankings of tracks with and without post-processing, on features that are known."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from baselines.images import DataError, names_of, read_images
from baselines.inference.answer import Embedded, answer, fused, ranked
from baselines.inference.scores import figures, read_annotations, score
from baselines.post.reranking import rerank

PLAIN = {"inference": {"input": "x", "norm": "none", "distance": "cosine"}}


@pytest.fixture
def embedded(people: Path) -> Embedded:
    """Return features of the release's test images: a direction for each person, and noise."""
    images = read_images(people / "test")
    generator = np.random.default_rng(8)
    directions = np.eye(8, dtype=np.float32)
    features = np.stack([directions[int(name[1:3])] for name in names_of(images.manifest)])
    features += generator.normal(0, 0.05, features.shape).astype(np.float32)
    return Embedded(images.manifest, features, people / "test")


def _scored(embedded: Embedded, test: dict[str, Any]) -> dict[str, float]:
    orders = ranked(embedded.manifest, dict(answer(embedded, test)))
    return dict(figures(score(orders, read_annotations(embedded.folder / "annotations.csv"))))


def test_every_query_gets_the_whole_gallery_nearest_first(embedded: Embedded) -> None:
    orders = dict(ranked(embedded.manifest, dict(answer(embedded, PLAIN))))

    assert list(orders) == list(embedded.manifest.queries("across"))
    gallery = embedded.manifest.gallery("across")
    assert all(sorted(order) == sorted(gallery) for order in orders.values())
    assert all(order[0][1:3] == query[1:3] for query, order in orders.items())


def test_a_perfect_ranking_scores_one(embedded: Embedded) -> None:
    assert _scored(embedded, PLAIN) == {
        f"{track}/{metric}": 1.0 for track in ("across", "micro", "macro") for metric in ("rank-1", "mAP")
    }


def test_re_ranking_is_the_scorers(embedded: Embedded) -> None:
    names = embedded.manifest
    step = {"kind": "rerank", "k1": 6, "k2": 3, "weight": 0.2}

    found = dict(answer(embedded, {**PLAIN, "post": [step]}))["across"]

    queries, gallery = embedded.rows(names.queries("across")), embedded.rows(names.gallery("across"))
    assert np.array_equal(found, rerank(queries, gallery, k1=6, k2=3, weight=0.2))


def test_expansion_draws_people_together(embedded: Embedded) -> None:
    before = dict(answer(embedded, PLAIN))["across"]
    after = dict(answer(embedded, {**PLAIN, "post": [{"kind": "query_expansion", "k": 4}]}))["across"]

    same = np.array(
        [[q[1:3] == g[1:3] for g in embedded.manifest.gallery("across")] for q in embedded.manifest.queries("across")]
    )
    assert after[same].mean() < before[same].mean() / 2


def test_a_pooled_gallery_puts_an_identity_at_one_place(embedded: Embedded) -> None:
    found = dict(answer(embedded, {**PLAIN, "post": [{"kind": "centroid_gallery"}]}))["across"]

    people = np.array([int(name[1:3]) for name in embedded.manifest.gallery("across")])
    for person in range(8):
        assert np.ptp(found[:, people == person], axis=1).max() == 0


def test_pooling_needs_the_gallerys_identities(embedded: Embedded, tmp_path: Path) -> None:
    nowhere = Embedded(embedded.manifest, embedded.features, tmp_path)

    with pytest.raises(DataError, match="identities are needed"):
        dict(answer(nowhere, {**PLAIN, "post": [{"kind": "centroid_gallery"}]}))


def test_an_image_without_identity_is_named(embedded: Embedded, tmp_path: Path) -> None:
    (tmp_path / "gallery.csv").write_text("image_id,person_id\nt0001,p00\n", encoding="utf-8")
    partly = Embedded(embedded.manifest, embedded.features, tmp_path)

    with pytest.raises(DataError, match="gallery images without identity: t0002"):
        dict(answer(partly, {**PLAIN, "post": [{"kind": "centroid_gallery"}]}))


def test_several_models_are_averaged() -> None:
    first, second = np.array([[0.0, 1.0]], np.float32), np.array([[1.0, 0.5]], np.float32)

    assert fused([{"across": first}, {"across": second}])["across"].tolist() == [[0.5, 0.75]]
