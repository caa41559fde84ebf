import os
import resource
from collections.abc import Sequence
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
import torch
from PIL import Image

from baselines.data import PixelCache
from baselines.images import DataError

SIZE = (16, 8)


def _ignore(done: int, total: int) -> None:
    """Report to nobody."""


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """Return twelve pictures of noise, some of them JPEG."""
    draw = np.random.default_rng(5)
    paths = []
    for number in range(12):
        path = tmp_path / f"image{number}.{'png' if number % 2 else 'jpg'}"
        Image.fromarray(draw.integers(0, 256, (30 + number, 20, 3), dtype=np.uint8)).save(path)
        paths.append(path)
    return paths


def _build(paths: Sequence[Path], folder: Path, resize: str = "pil_bicubic", progress=_ignore) -> PixelCache:
    return PixelCache.build(paths, size=SIZE, resize=resize, folder=folder, progress=progress)


@pytest.mark.parametrize(
    ("resize", "resample"),
    [("pil_bicubic", Image.Resampling.BICUBIC), ("pil_bilinear", Image.Resampling.BILINEAR)],
)
def test_pixels_are_those_of_pillow(pictures: list[Path], tmp_path: Path, resize: str, resample: int) -> None:
    cache = _build(pictures, tmp_path / "cache", resize)

    expected = [np.asarray(Image.open(path).convert("RGB").resize((8, 16), resample)) for path in pictures]
    assert np.array_equal(cache.pixels, np.stack(expected))
    assert isinstance(cache.pixels, np.memmap)


def test_a_second_run_takes_the_file_as_it_is(pictures: list[Path], tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    first = _build(pictures, tmp_path / "cache", progress=lambda *counts: seen.append(counts))
    written = first.path.stat()

    again = _build(pictures, tmp_path / "cache")

    assert again.key == first.key
    assert (again.path.stat().st_ino, again.path.stat().st_mtime_ns) == (written.st_ino, written.st_mtime_ns)
    assert seen[-1] == (12, 12)


def test_the_key_is_the_content_and_not_the_place(pictures: list[Path], tmp_path: Path) -> None:
    key = _build(pictures, tmp_path / "cache").key
    moved = [path.rename(path.with_name(f"other-{path.name}")) for path in pictures]

    assert _build(moved, tmp_path / "cache").key == key
    assert _build(moved[::-1], tmp_path / "cache").key != key
    assert _build(moved, tmp_path / "cache", "pil_bilinear").key != key
    Image.new("RGB", (20, 30)).save(moved[3])
    assert _build(moved, tmp_path / "cache").key != key


def test_a_torn_file_is_built_again(pictures: list[Path], tmp_path: Path) -> None:
    cache = _build(pictures, tmp_path / "cache")
    whole = cache.path.read_bytes()
    os.truncate(cache.path, len(whole) // 2)

    again = _build(pictures, tmp_path / "cache")

    assert again.path.read_bytes() == whole


def test_what_a_killed_run_left_is_removed(pictures: list[Path], tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    left = tmp_path / "cache" / ".pixels-killed.draft"
    left.write_bytes(b"half")

    _build(pictures, tmp_path / "cache")

    assert not left.exists()


def test_runs_that_start_together_share_one_file(pictures: list[Path], tmp_path: Path) -> None:
    caches: list[PixelCache] = []
    threads = [Thread(target=lambda: caches.append(_build(pictures, tmp_path / "cache"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({cache.path.stat().st_ino for cache in caches}) == 1
    assert all(np.array_equal(cache.pixels, caches[0].pixels) for cache in caches)
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == sorted([caches[0].path.name, "pixels.lock"])


def test_a_corrupt_picture_is_named_and_nothing_is_left(pictures: list[Path], tmp_path: Path) -> None:
    os.truncate(pictures[4], 200)

    with pytest.raises(DataError, match="image image4 cannot be read"):
        _build(pictures, tmp_path / "cache")
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["pixels.lock"]


def test_all_corrupt_pictures_are_named_together(pictures: list[Path], tmp_path: Path) -> None:
    for number in (2, 6, 7):
        os.truncate(pictures[number], 100)

    with pytest.raises(DataError, match="3 images cannot be read: image2, image6, image7"):
        _build(pictures, tmp_path / "cache")


def test_a_missing_picture_is_named(pictures: list[Path], tmp_path: Path) -> None:
    pictures[0].unlink()

    with pytest.raises(DataError, match="image image0 cannot be read"):
        _build(pictures, tmp_path / "cache")


def test_a_place_that_is_full_is_named_and_left_clean(pictures: list[Path], tmp_path: Path) -> None:
    """A limit on the size of files gives a real error of the kind that a full disk gives, from the same call."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2048, hard))
    try:
        with pytest.raises(DataError, match=r"cache: the decoded images cannot be kept there \(File too large\)"):
            _build(pictures, tmp_path / "cache")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["pixels.lock"]


def test_a_place_that_is_no_folder_is_named(pictures: list[Path]) -> None:
    with pytest.raises(DataError, match="cannot be kept there"):
        _build(pictures, pictures[0])


def test_resident_pixels_are_channels_first_and_share_the_map(pictures: list[Path], tmp_path: Path) -> None:
    cache = _build(pictures, tmp_path / "cache")

    there = cache.resident("cpu")

    assert there.shape == (12, 3, 16, 8)
    assert there.dtype == torch.uint8
    assert there.data_ptr() == cache.pixels.ctypes.data
    assert np.array_equal(there.permute(0, 2, 3, 1).numpy(), cache.pixels)


def test_no_pictures_make_an_empty_cache(tmp_path: Path) -> None:
    assert _build([], tmp_path / "cache").pixels.shape == (0, 16, 8, 3)
