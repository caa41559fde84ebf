import io

import numpy as np
import pytest
from PIL import Image

from challenges.synth.png import png_bytes


def _read(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (7, 5), (120, 51)])
@pytest.mark.parametrize("levels", [1, 2, 17, 256])
def test_pixels_come_back(shape: tuple[int, int], levels: int) -> None:
    pixels = (np.random.default_rng(3).integers(0, levels, (*shape, 3)) * (255 // max(1, levels - 1))).astype(np.uint8)

    assert (_read(png_bytes(pixels)) == pixels).all()


def test_skewed_counts_stay_within_fifteen_bits() -> None:
    # Fibonacci counts make an unlimited Huffman code as deep as it has symbols.
    fibonacci = [1, 1]
    while len(fibonacci) < 24:
        fibonacci.append(fibonacci[-1] + fibonacci[-2])
    levels = np.repeat(np.arange(24, dtype=np.uint8) * 10, fibonacci)
    pixels = np.zeros((len(levels) // 3 + 1, 1, 3), dtype=np.uint8)
    pixels.reshape(-1)[: len(levels)] = np.cumsum(levels, dtype=np.uint8)

    assert (_read(png_bytes(pixels)) == pixels).all()


def test_smooth_pictures_are_smaller_than_their_pixels() -> None:
    ramp = np.add.outer(np.arange(90), np.arange(60)).astype(np.uint8)

    assert len(png_bytes(np.dstack([ramp] * 3))) < ramp.size


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((4, 4), np.uint8), np.zeros((0, 4, 3), np.uint8), np.zeros((4, 4, 3)), np.zeros((4, 4, 4), np.uint8)],
)
def test_other_arrays_are_refused(pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="RGB image"):
        png_bytes(pixels)
