"""Reading tables: what Arrow's threads may keep."""

import io

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from scoring.comparison import Entry
from scoring.errors import TableError
from scoring.tables import read_table

CSV = b"role,pid\nquery,p1\n"


def parquet(content):
    file = io.BytesIO()
    pa.parquet.write_table(pa.csv.read_csv(io.BytesIO(content)), file)
    return file.getvalue()


def read_as_entry(file):
    return Entry.read(file, annotations_sha256="", protocol_hash="")


class Kept:
    """A file that gives memory of which one can tell whether somebody else holds on to it."""

    def __init__(self, content):
        self.content = bytearray(content)

    def read(self):
        return self.content

    def is_held(self):
        try:
            self.content.append(0)
        except BufferError:
            return True
        self.content.pop()
        return False


@pytest.mark.parametrize(
    ("read", "content", "module", "reader"),
    [
        (lambda file: read_table(file, []), CSV, pa.csv, "read_csv"),
        (lambda file: read_table(file, []), parquet(CSV), pa.parquet, "ParquetFile"),
        (read_as_entry, parquet(CSV), pa.parquet, "ParquetFile"),
    ],
    ids=["csv", "parquet", "per-query results"],
)
def test_threads_of_arrow_hold_no_memory_of_python(monkeypatch, read, content, module, reader):
    """Such a thread lets go of it when it comes to it; if Python is ending by then, the process is aborted."""
    file, original, held = Kept(content), getattr(module, reader), []

    def watched(source, *arguments, **options):
        held.append(file.is_held())
        return original(source, *arguments, **options)

    monkeypatch.setattr(module, reader, watched)
    read(file)
    assert held == [False]


def test_a_damaged_dictionary_is_an_error_of_the_table():
    file = io.BytesIO()
    texts = pa.array([f"p{row % 9}" for row in range(64)]).dictionary_encode()
    pa.parquet.write_table(pa.table({"pid": texts}), file)
    content = file.getvalue()
    ends = []
    for at in range(4, 120):
        damaged = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        try:
            ends.append(len(read_table(io.BytesIO(damaged), []).columns))
        except TableError:
            ends.append(0)
    assert {0, 1} == set(ends)
