"""Zstandard files: streamed, bounded, and read to their exact end."""

import pyarrow as pa
import pytest

from scoring import Limits
from tests.scoring.formats.test_problems import GOOD, ROWS, only
from tests.scoring.sets import gz, report, score, values, zst

MAGIC = zst(b"")[:4]
SKIPPED = b"\x57\x2a\x4d\x18\x03\x00\x00\x00any"


def streamed(content):
    """Pack without the size of the content in the header, with a flush in the middle."""
    out = pa.BufferOutputStream()
    with pa.CompressedOutputStream(out, "zstd") as stream:
        stream.write(content[:10])
        stream.flush()
        stream.write(content[10:])
    return out.getvalue().to_pybytes()


@pytest.mark.parametrize(
    "content",
    [
        zst(GOOD),
        zst(GOOD, level=19),
        streamed(GOOD),
        zst(GOOD[:30]) + streamed(GOOD[30:]),
        SKIPPED.join([zst(GOOD[:9]), zst(GOOD[9:])]) + SKIPPED,
    ],
    ids=["one frame", "level 19", "streamed", "two frames", "skippable frames"],
)
def test_what_is_accepted_silently(content):
    found = report(ROWS, content)
    assert (found.problems, found.bytes_read) == ((), len(GOOD))
    assert values(score(ROWS, content)) == values(score(ROWS, GOOD))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (zst(b""), "empty_file"),
        (zst(GOOD)[:-1], "truncated_archive"),
        (streamed(GOOD)[:-3], "truncated_archive"),
        (MAGIC, "truncated_archive"),
        (zst(GOOD) + b"junk", "trailing_data"),
        (zst(GOOD) + MAGIC[:2], "trailing_data"),
        (zst(GOOD) + SKIPPED[:-1], "truncated_archive"),
        (MAGIC + b"\x00\x58\x07\x00\x00", "corrupt_archive"),
        (MAGIC + b"\x00\xa0\x01\x00\x00", "large_window"),
        (MAGIC + b"\xa0" + (2**24).to_bytes(4, "little") + b"\x01\x00\x00", "large_window"),
        (zst(zst(GOOD)), "nested_archive"),
        (gz(zst(GOOD)), "nested_archive"),
        (zst(b"\x89PNG\r\n\x1a\n"), "binary_file"),
    ],
)
def test_what_is_refused(content, code):
    problem = only(report(ROWS, content))
    assert (problem.code, problem.severity) == (code, "error")
    assert problem.mend.endswith(".")


def test_a_bomb_is_stopped_by_its_ratio_and_by_the_largest_size():
    bomb = zst(GOOD + b"\n" * 3_000_000)
    assert only(report(ROWS, bomb, limits=Limits(ratio_free_bytes=1_000_000))).code == "zip_bomb"
    assert only(report(ROWS, bomb, limits=Limits(max_expanded_bytes=1_000_000))).code == "too_large"
    assert only(report(ROWS, bomb, limits=Limits(max_rows=1_000_000))).code == "too_many_rows"


def test_blocks_that_hold_nothing_end(monkeypatch):
    monkeypatch.setattr("scoring.formats.zstandard._MAX_BLOCKS", 100)
    assert only(report(ROWS, MAGIC + b"\x00\x00" + bytes(3) * 200)).code == "corrupt_archive"
