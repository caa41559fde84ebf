"""Decode and resize every picture once: uint8 pixels in one memory-mapped file, which later runs take as they are.

The file is keyed by what decides its bytes (the pictures' own bytes in their order, size, filter, Pillow's version), is
written beside its place and renamed into it, so that another run sees a whole file or none. One run builds at a time in a
folder; others wait for it, and take its file if it is the one that they need.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from PIL import __version__ as pillow_version
from torch import Tensor

from baselines.images import DataError, first_few, read_picture

FILTERS = {"pil_bicubic": Image.Resampling.BICUBIC, "pil_bilinear": Image.Resampling.BILINEAR}
_LAYOUT = 1
"""Raised when the same key would give other bytes."""
_BLOCK = 256
"""Pictures handed to the threads at a time, and copied to a device at a time."""

Progress = Callable[[int, int], None]
"""Called with the number of images read and to be read."""


@dataclass(frozen=True)
class PixelCache:
    """Hold the resized pictures of a set.

    Attributes
    ----------
    pixels : uint8 array of shape (n_images, height, width, 3), RGB, a private (copy-on-write) memory map of the file
    key : str
        SHA-256 of what decides the bytes, for provenance.
    path : Path
    """

    pixels: NDArray[np.uint8]
    key: str
    path: Path

    @classmethod
    def build(
        cls, paths: Sequence[Path], *, size: tuple[int, int], resize: str, folder: Path, progress: Progress
    ) -> PixelCache:
        """Return the pixels of these pictures at `size` (height, width), decoded now if `folder` does not hold them.

        `resize` is a key of `FILTERS`; the right one is the recipe's, for upstreams differ. The folder may be shared
        by runs and emptied between them.

        Raises
        ------
        DataError with the names of the pictures that are missing or damaged, or if the folder cannot hold the file.
        """
        shape = (len(paths), *size, 3)
        key = _key(paths, size=size, resize=resize)
        path = folder / f"pixels-{key[:32]}.npy"
        pixels = _mapped(path, shape)
        if pixels is None:
            with _alone_in(folder):
                # Another run may have built it while this one waited.
                if _mapped(path, shape) is None:
                    _publish(path, paths, shape=shape, resample=FILTERS[resize], progress=progress)
            pixels = _mapped(path, shape)
        if pixels is None:
            raise DataError(f"{path}: was changed by another program; start again")
        progress(len(paths), len(paths))
        return cls(pixels, key, path)

    def resident(self, device: torch.device | str) -> Tensor:
        """Return the pixels on a device, uint8 (n_images, 3, height, width), channels last in memory.

        On a CPU nothing is copied: the tensor looks into the memory map, and pages come from disk as batches want them.
        """
        if torch.device(device).type == "cpu":
            return torch.from_numpy(self.pixels).permute(0, 3, 1, 2)
        there = torch.empty(self.pixels.shape, dtype=torch.uint8, device=device)
        for start in range(0, len(self.pixels), _BLOCK):
            there[start : start + _BLOCK] = torch.from_numpy(self.pixels[start : start + _BLOCK])
        return there.permute(0, 3, 1, 2)


def _key(paths: Sequence[Path], *, size: tuple[int, int], resize: str) -> str:
    start = f"{_LAYOUT},{len(paths)},{size[0]},{size[1]},{resize},{pillow_version},"
    digest = hashlib.sha256(start.encode())
    with ThreadPoolExecutor(_threads()) as pool:
        for one in pool.map(_digest, paths):
            digest.update(one)
    return digest.hexdigest()


def _digest(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        raise DataError(f"{path}: image {path.stem} cannot be read ({error.strerror}); download it again") from error


def _threads() -> int:
    """Return the processors that this process may use; decoding lets the interpreter's lock go."""
    return len(os.sched_getaffinity(0))


def _mapped(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8] | None:
    """Return the array of a published file, or None if there is none or it is not whole."""
    try:
        # Copy-on-write, for PyTorch warns of arrays that cannot be written; nothing here writes.
        pixels = np.load(path, mmap_mode="c", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    fits: bool = pixels.dtype == np.uint8 and pixels.shape == shape
    return pixels if fits else None


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep other builders out of a folder, and remove what killed ones left."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "pixels.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for left in sorted(folder.glob(".pixels-*.draft")):
                left.unlink()
            yield
    except OSError as error:
        raise DataError(f"{folder}: the decoded images cannot be kept there ({error.strerror})") from error


def _publish(
    path: Path,
    sources: Sequence[Path],
    *,
    shape: tuple[int, ...],
    resample: Image.Resampling,
    progress: Progress,
) -> None:
    """Write the pixels of the sources to `path` in one piece.

    Blocks are allocated before anything is decoded, so that a full disk is known at once, and pixels are written by
    calls rather than through a map, where a full disk kills the process instead of raising an error.
    """
    handle, draft = tempfile.mkstemp(prefix=".pixels-", suffix=".draft", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            header = {"descr": "|u1", "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(file, header)
            file.flush()
            start, each = file.tell(), int(np.prod(shape[1:]))
            if shape[0]:
                os.posix_fallocate(file.fileno(), start, each * shape[0])
            decode = partial(_decode, file.fileno(), size=(shape[1], shape[2]), resample=resample)
            _fill(decode, [(source, start + each * place) for place, source in enumerate(sources)], progress)
            os.fsync(file.fileno())
        Path(draft).chmod(0o644)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _fill(decode: Callable[[tuple[Path, int]], str], work: list[tuple[Path, int]], progress: Progress) -> None:
    """Decode every picture; all that cannot be read are named together, for a second attempt costs as much."""
    faults: list[tuple[str, str]] = []
    with ThreadPoolExecutor(_threads()) as pool:
        for start in range(0, len(work), _BLOCK):
            block = work[start : start + _BLOCK]
            faults += [
                (path.stem, fault) for (path, _), fault in zip(block, pool.map(decode, block), strict=True) if fault
            ]
            progress(min(start + _BLOCK, len(work)), len(work))
    if len(faults) == 1:
        raise DataError(faults[0][1])
    if faults:
        names = first_few([name for name, _ in faults])
        raise DataError(f"{len(faults):,} images cannot be read: {names}; the first: {faults[0][1]}")


def _decode(handle: int, item: tuple[Path, int], *, size: tuple[int, int], resample: Image.Resampling) -> str:
    """Write one picture's pixels at its place in the file; return what is wrong with the picture, or nothing."""
    path, place = item
    try:
        pixels = memoryview(read_picture(path, width=size[1], height=size[0], resample=resample).tobytes())
    except DataError as error:
        return str(error)
    while pixels:
        written = os.pwrite(handle, pixels, place)
        pixels, place = pixels[written:], place + written
    return ""
