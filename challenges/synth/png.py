"""Write PNG files whose bytes depend on the pixels alone.

Two zlib implementations (zlib, zlib-ng, the one inside Pillow) compress the same pixels to different bytes, so the
files of a release could not be pinned by hash. This writer makes the DEFLATE stream itself: Paeth-filtered rows in
one block with a dynamic Huffman code and no matches. On photographs matches save almost nothing.

References
----------
W3C, Portable Network Graphics (Third Edition), 2025, sections 9.2 and 10; P. Deutsch, RFC 1951, section 3.2.7.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from challenges.synth.native import kernel

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PAETH = 4
_END_OF_BLOCK = 256
_LENGTH_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)


def png_bytes(pixels: NDArray[np.uint8]) -> bytes:
    """Return the PNG file of an RGB image.

    Parameters
    ----------
    pixels : uint8 array of shape (height, width, 3), sRGB.

    Raises
    ------
    ValueError if the array is not such an image or is empty.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
        raise ValueError(
            f"an RGB image is a non-empty uint8 array (height, width, 3), not {pixels.dtype} {pixels.shape}"
        )
    height, width = pixels.shape[:2]
    filtered = _paeth_rows(np.ascontiguousarray(pixels))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (_chunk(b"IHDR", header), _chunk(b"IDAT", _zlib_stream(filtered)), _chunk(b"IEND", b""))
    return _SIGNATURE + b"".join(parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@kernel
def _paeth_rows(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width, channels = pixels.shape
    out = np.empty((height, 1 + width * channels), np.uint8)
    for y in range(height):
        out[y, 0] = _PAETH
        for x in range(width):
            for c in range(channels):
                left = np.int64(pixels[y, x - 1, c]) if x > 0 else np.int64(0)
                above = np.int64(pixels[y - 1, x, c]) if y > 0 else np.int64(0)
                corner = np.int64(pixels[y - 1, x - 1, c]) if x > 0 and y > 0 else np.int64(0)
                to_left, to_above, to_corner = abs(above - corner), abs(left - corner), abs(left + above - 2 * corner)
                guess = corner
                if to_left <= to_above and to_left <= to_corner:
                    guess = left
                elif to_above <= to_corner:
                    guess = above
                out[y, 1 + x * channels + c] = (np.int64(pixels[y, x, c]) - guess) & 255
    return out.reshape(-1)


def _zlib_stream(data: NDArray[np.uint8]) -> bytes:
    counts = np.bincount(data, minlength=257)
    counts[_END_OF_BLOCK] = 1
    lengths = _code_lengths([int(count) for count in counts], limit=15)
    codes = _canonical_codes(lengths)
    fields = _header_fields(lengths)
    head = np.array(fields, dtype=np.int64)
    body = _packed(data, head, np.array(codes, dtype=np.int64), np.array(lengths, dtype=np.int64))
    return b"\x78\x01" + body.tobytes() + struct.pack(">I", zlib.adler32(data.tobytes()))


def _code_lengths(counts: list[int], *, limit: int) -> list[int]:
    """Return optimal prefix code lengths of at most `limit` bits by package-merge (Larmore and Hirschberg, 1990)."""
    leaves = sorted((count, (symbol,)) for symbol, count in enumerate(counts) if count)
    lengths = [0] * len(counts)
    if len(leaves) == 1:
        lengths[leaves[0][1][0]] = 1
        return lengths
    packages: list[tuple[int, tuple[int, ...]]] = []
    for _ in range(limit):
        merged = sorted(leaves + packages)
        packages = [
            (merged[i][0] + merged[i + 1][0], merged[i][1] + merged[i + 1][1]) for i in range(0, len(merged) - 1, 2)
        ]
    for _, symbols in packages[: len(leaves) - 1]:
        for symbol in symbols:
            lengths[symbol] += 1
    return lengths


def _canonical_codes(lengths: list[int]) -> list[int]:
    """Return the canonical code of each symbol with its bits reversed, as DEFLATE sends them (RFC 1951, 3.2.2)."""
    codes = [0] * len(lengths)
    code, previous = 0, 0
    for length, symbol in sorted((length, symbol) for symbol, length in enumerate(lengths) if length):
        code <<= length - previous
        codes[symbol] = int(f"{code:0{length}b}"[::-1], 2)
        code, previous = code + 1, length
    return codes


def _header_fields(lengths: list[int]) -> list[tuple[int, int]]:
    """Return (value, bits) pairs of the block header: 257 literal lengths and one distance code that is never used."""
    sent = [*lengths, 1]
    histogram = [0] * 19
    for length in sent:
        histogram[length] += 1
    meta = _code_lengths(histogram, limit=7)
    codes = _canonical_codes(meta)
    fields = [(1, 1), (2, 2), (len(lengths) - 257, 5), (0, 5), (19 - 4, 4)]
    fields += [(meta[symbol], 3) for symbol in _LENGTH_ORDER]
    return fields + [(codes[length], meta[length]) for length in sent]


@kernel
def _packed(
    data: NDArray[np.uint8], head: NDArray[np.int64], codes: NDArray[np.int64], lengths: NDArray[np.int64]
) -> NDArray[np.uint8]:
    out = np.empty(len(head) * 2 + len(data) * 2 + 8, np.uint8)
    held, bits, size = np.int64(0), np.int64(0), 0
    for item in range(len(head) + len(data) + 1):
        if item < len(head):
            value, width = head[item, 0], head[item, 1]
        elif item < len(head) + len(data):
            symbol = data[item - len(head)]
            value, width = codes[symbol], lengths[symbol]
        else:
            value, width = codes[_END_OF_BLOCK], lengths[_END_OF_BLOCK]
        held |= value << bits
        bits += width
        while bits >= 8:
            out[size] = held & 255
            held >>= 8
            bits -= 8
            size += 1
    if bits > 0:
        out[size] = held & 255
        size += 1
    return out[:size]
