"""Views, norms, distances and orders, on a network whose features are known."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from baselines.inference.distances import distances, order
from baselines.inference.extract import extract
from baselines.models.output import Output

PLAIN: Mapping[str, Any] = {"input": "halves", "norm": "none", "distance": "cosine"}


class Halves(nn.Module):
    """Give the means of the left and right half of a picture, and its height."""

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Parameter(torch.ones(1))

    def forward(self, images: Tensor) -> Output:
        left, right = (part.mean((1, 2, 3)) for part in images.chunk(2, dim=3))
        height = torch.full_like(left, images.shape[2])
        return Output({"halves": torch.stack([left, right], 1) * self.one, "height": height[:, None]}, {})


def _extracted(pictures: np.ndarray, **changed: Any) -> np.ndarray:
    return extract(
        Halves(),  # type: ignore[arg-type]
        torch.from_numpy(pictures),
        {**PLAIN, **changed},
        normalise=lambda pixels: pixels.float(),
        progress=lambda _done, _total: None,
        half=False,
    )


@pytest.fixture
def pictures() -> np.ndarray:
    """Return two pictures, uint8 (2, 3, 4, 4): left half 10 and right half 30, left 0 and right 8."""
    found = np.zeros((2, 3, 4, 4), np.uint8)
    found[0, :, :, :2], found[0, :, :, 2:], found[1, :, :, 2:] = 10, 30, 8
    return found


def test_a_tap_is_taken_as_it_is(pictures: np.ndarray) -> None:
    assert _extracted(pictures).tolist() == [[10, 30], [0, 8]]


def test_batches_do_not_matter(pictures: np.ndarray) -> None:
    assert np.array_equal(_extracted(pictures, batch=1), _extracted(pictures, batch=64))


@pytest.mark.parametrize(("flip", "expected"), [("sum", [[40, 40], [8, 8]]), ("average", [[20, 20], [4, 4]])])
def test_a_mirror_image_is_added(pictures: np.ndarray, flip: str, expected: list[list[float]]) -> None:
    assert _extracted(pictures, flip=flip).tolist() == expected


def test_scales_are_of_the_area(pictures: np.ndarray) -> None:
    """Factors 1 and 4 of the area are sides times 1 and 2: heights 4 and 8."""
    assert _extracted(pictures, input="height", scales=[1.0, 4.0]).tolist() == [[12], [12]]


def test_norms_are_taken_last(pictures: np.ndarray) -> None:
    found = _extracted(pictures, flip="sum", norm="l2")

    assert np.linalg.norm(found, axis=1) == pytest.approx([1, 1])
    assert found[0] == pytest.approx([2**-0.5] * 2)


def test_progress_counts_pictures(pictures: np.ndarray) -> None:
    told: list[tuple[int, int]] = []
    extract(
        Halves(),  # type: ignore[arg-type]
        torch.from_numpy(pictures),
        {**PLAIN, "batch": 1},
        normalise=lambda pixels: pixels.float(),
        progress=lambda done, total: told.append((done, total)),
        half=False,
    )

    assert told == [(1, 2), (2, 2)]


def test_distances_equal_a_plain_loop() -> None:
    generator = np.random.default_rng(4)
    queries = generator.normal(size=(3, 5)).astype(np.float32)
    gallery = generator.normal(size=(4, 5)).astype(np.float32)

    cosine = [[1 - a @ b / np.linalg.norm(a) / np.linalg.norm(b) for b in gallery] for a in queries]
    euclidean = [[np.linalg.norm(a - b) for b in gallery] for a in queries]

    assert distances(queries, gallery, kind="cosine") == pytest.approx(np.array(cosine), abs=1e-6)
    assert distances(queries, gallery, kind="euclidean") == pytest.approx(np.array(euclidean), abs=1e-5)
    assert distances(queries, gallery, kind="cosine").dtype == np.float32


def test_a_vector_without_direction_is_as_far_from_all() -> None:
    assert distances(np.zeros((1, 3), np.float32), np.eye(3, dtype=np.float32), kind="cosine").tolist() == [[1, 1, 1]]


def test_equal_distances_go_to_the_earlier_place() -> None:
    assert order(np.array([0.5, 0.2, 0.5, 0.2, 0.1], np.float32)).tolist() == [4, 1, 3, 0, 2]
