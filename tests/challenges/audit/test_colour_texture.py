import hashlib

import numpy as np
import pytest

from challenges.audit.colour_texture import HEIGHT, WIDTH, describe, squared_distances


def _person(upper: tuple[int, int, int], lower: tuple[int, int, int]) -> np.ndarray:
    """Return two blocks of colour on grey: an image whose parts are known."""
    pixels = np.full((HEIGHT, WIDTH, 3), 120, dtype=np.uint8)
    pixels[20:64, 16:48] = upper
    pixels[64:120, 20:44] = lower
    return pixels


RED_ON_BLUE = _person((190, 40, 40), (40, 50, 150))


def _distance(first: np.ndarray, second: np.ndarray) -> int:
    return int(squared_distances(describe(first)[None], describe(second)[None])[0, 0])


def test_distance_to_itself_is_zero() -> None:
    assert _distance(RED_ON_BLUE, RED_ON_BLUE) == 0


def test_colours_of_upper_and_lower_body_are_told_apart() -> None:
    swapped = _person((40, 50, 150), (190, 40, 40))
    shade = _person((180, 46, 44), (44, 52, 140))

    assert _distance(RED_ON_BLUE, shade) < _distance(RED_ON_BLUE, swapped)


def test_brighter_exposure_matters_less_than_another_garment() -> None:
    brighter = np.minimum(255, RED_ON_BLUE.astype(int) * 5 // 4).astype(np.uint8)

    assert _distance(RED_ON_BLUE, brighter) < _distance(RED_ON_BLUE, _person((60, 150, 60), (40, 50, 150)))


@pytest.mark.parametrize("level", [0, 255])
def test_uniform_pictures_have_finite_descriptors(level: int) -> None:
    described = describe(np.full((HEIGHT, WIDTH, 3), level, dtype=np.uint8))

    assert described.dtype == np.int64
    assert (described >= 0).all()


def test_distances_are_exact() -> None:
    described = np.stack([describe(RED_ON_BLUE), describe(_person((9, 8, 7), (250, 250, 250)))])

    expected = [[int(((a - b) ** 2).sum()) for b in described] for a in described]
    assert squared_distances(described, described).tolist() == expected


def test_descriptor_is_pinned() -> None:
    digest = hashlib.sha256(describe(RED_ON_BLUE).astype("<i8").tobytes()).hexdigest()

    assert digest[:16] == "63eaa05ef318786b"
