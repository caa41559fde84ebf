"""What the footer of a Parquet file says of sizes, and files whose bytes contradict each other."""

import io
import struct

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from scoring.vectors.footer import Chunk, read_chunks
from tests.scoring.sets import random_set, report
from tests.scoring.vectors.arrays import EMBEDDINGS, random_embeddings, written

ROWS = random_set(3, tracks=("ag",), identities=9)
GOOD = written(random_embeddings(ROWS, 1), "parquet")


def footer_bytes(content):
    return int.from_bytes(content[-8:-4], "little")


def parquet(**options):
    count = 30
    columns = {
        "role": ["query"] * count,
        "embedding": pa.array(np.zeros((count, 8), np.float32).tolist(), pa.list_(pa.float32())),
        "flag": [True, None] * (count // 2),
        "pair": [{"height": 1.0, "names": {"a": "b"}}] * count,
    }
    file = io.BytesIO()
    pa.parquet.write_table(pa.table(columns), file, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"row_group_size": 7},
        {"version": "1.0", "compression": "zstd", "use_dictionary": False},
        {"write_statistics": False, "store_schema": False},
        {"write_page_index": True, "sorting_columns": [pa.parquet.SortingColumn(0)]},
    ],
    ids=lambda options: " ".join(options) or "as it comes",
)
def test_sizes_are_those_that_pyarrow_reads(options):
    content = parquet(**options)
    other = pa.parquet.read_metadata(io.BytesIO(content))
    groups = [other.row_group(at) for at in range(other.num_row_groups)]
    wanted = [
        [Chunk(one.num_values, one.total_uncompressed_size) for one in map(group.column, range(other.num_columns))]
        for group in groups
    ]
    assert read_chunks(io.BytesIO(content), len(content), other.num_columns) == wanted


def ended(footer):
    return b"PAR1" + footer + struct.pack("<I", len(footer)) + b"PAR1"


#: One group (a list of one structure) with one chunk, whose metadata are values 5 and bytes 6 in zigzag: 3 and 4.
META = b"\x56\x06\x16\x08\x00"
WHOLE = b"\x49\x1c" + b"\x19\x1c" + b"\x3c" + META + b"\x00" + b"\x00" + b"\x00"


def test_a_footer_by_hand():
    for before in (
        b"",
        b"\x15\x02",  # field 1, an integer
        b"\x11",  # field 1, true
        b"\x17" + b"\x00" * 8,  # a double
        b"\x19\xf8\x02\x01a\x00",  # a list of two texts, its length apart
        b"\x1b\x01\x85\x01a\x02",  # a map of one text to an integer
        b"\x1c\x1c\x00\x00",  # a structure in one
    ):
        head = struct.pack("B", WHOLE[0] - (0x10 if before else 0))
        content = ended(before + head + WHOLE[1:])
        assert read_chunks(io.BytesIO(content), len(content), 1) == [[Chunk(3, 4)]], before


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        (b"PAR1", 1),
        (ended(WHOLE)[:-1] + b"E", 1),
        (ended(WHOLE), 2),
        (ended(WHOLE[:-6]), 1),
        (ended(WHOLE.replace(META, b"\x56\x06\x15\x08\x00")), 1),  # bytes of another type than the format's
        (ended(WHOLE.replace(META, b"\x56\x05\x16\x08\x00")), 1),  # -3 values
        (ended(WHOLE.replace(META, b"\x56" + b"\xff" * 10 + b"\x00")), 1),
        (ended(b"\x49\x18" + WHOLE[2:]), 1),  # texts where groups should be
        (ended(b"\x1c" * 100), 1),
        (ended(b"\x18\xff\xff\xff\xff\x07"), 1),
        (ended(b"\x19\xf3\xff\xff\xff\xff\x07"), 1),
        (b"PAR1" + struct.pack("<I", 1 << 31) + b"PAR1", 1),
    ],
)
def test_a_footer_that_is_damaged_is_an_error(content, columns):
    with pytest.raises(ValueError, match=r"footer|file|group|chunk"):
        read_chunks(io.BytesIO(content), len(content), columns)


def changed(content, at, bits):
    return content[:at] + bytes([content[at] ^ bits]) + content[at + 1 :]


def test_a_footer_that_contradicts_itself_has_a_report():
    """An optional column made a required one, say, whose histogram of levels then has a bin too many: pyarrow aborts."""
    ends = {
        tuple(problem.code for problem in report(ROWS, changed(GOOD, at, 2), described=EMBEDDINGS).errors)
        for at in range(len(GOOD) - footer_bytes(GOOD) - 8, len(GOOD))
    }
    assert {(), ("wrong_array",), ("missing_arrays",)} <= ends


def test_texts_that_are_numbers_of_no_entry_have_a_report():
    ends = [
        tuple(problem.code for problem in report(ROWS, changed(GOOD, at, 1), described=EMBEDDINGS).errors)
        for at in range(70, 270)
    ]
    assert ends.count(("wrong_array",)) > 5
