"""Bad embeddings: every kind has one clear problem with its code, ids and mend."""

import io
import json
import struct

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from scoring import Limits
from scoring.vectors import npz
from scoring.vectors.stream import Stream
from tests.scoring.formats.test_problems import codes, only
from tests.scoring.sets import random_set, report, zipped
from tests.scoring.vectors.arrays import EMBEDDINGS, EUCLIDEAN, WRITERS, npy, random_embeddings, written

ROWS = random_set(11, identities=40, tracks=("ag",))
GOOD = random_embeddings(ROWS, 11)


def changed(**parts):
    return GOOD._replace(**parts)


def with_value(value, *places):
    vectors = GOOD.gallery.copy()
    for place in places:
        vectors[place] = value
    return changed(gallery=vectors)


FIRST = GOOD.gallery_ids[0]
# Name: (embeddings, {code: ids}, part of a mend).
ERRORS = {
    "missing": (
        changed(query_ids=GOOD.query_ids[1:], query=GOOD.query[1:]),
        {"missing_queries": [GOOD.query_ids[0]]},
        "all",
    ),
    "missing item": (
        changed(gallery_ids=GOOD.gallery_ids[1:], gallery=GOOD.gallery[1:]),
        {"missing_gallery_ids": [FIRST]},
        "every image",
    ),
    "twice": (
        changed(gallery_ids=[FIRST, *GOOD.gallery_ids], gallery=GOOD.gallery[[0, *range(len(GOOD.gallery))]]),
        {"duplicate_gallery_ids": [FIRST]},
        "once",
    ),
    "query twice": (
        changed(query_ids=[*GOOD.query_ids, GOOD.query_ids[2]], query=GOOD.query[[*range(len(GOOD.query)), 2]]),
        {"duplicate_queries": [GOOD.query_ids[2]]},
        "once",
    ),
    "endings": (
        changed(gallery_ids=[f"{FIRST}.jpg", *GOOD.gallery_ids[1:]]),
        {"unknown_gallery_ids": [f"{FIRST}.jpg"], "missing_gallery_ids": [FIRST]},
        "without its ending",
    ),
    "unknown query": (
        changed(query_ids=["nobody", *GOOD.query_ids[1:]]),
        {"unknown_queries": ["nobody"], "missing_queries": [GOOD.query_ids[0]]},
        "query ids",
    ),
    "not finite": (with_value(np.nan, (3, 1), (3, 2), (5, 0)), {"not_finite": GOOD.gallery_ids[3:6:2]}, "NaN"),
    "infinite": (with_value(-np.inf, (3, 1)), {"not_finite": GOOD.gallery_ids[3:4]}, "divisions"),
    "zeros": (with_value(0.0, 3), {"zero_vectors": GOOD.gallery_ids[3:4]}, "not read"),
}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize(("embeddings", "wanted", "mend"), ERRORS.values(), ids=ERRORS)
def test_ids_and_vectors_that_are_wrong_are_listed(embeddings, wanted, mend, name):
    found = report(ROWS, written(embeddings, name), described=EMBEDDINGS)
    assert {problem.code: [item.id for item in problem.items] for problem in found.errors} == wanted
    assert any(mend in problem.title + problem.mend for problem in found.errors)


def test_a_vector_of_zeros_has_euclidean_distances():
    assert report(ROWS, written(with_value(0.0, 3)), described=EUCLIDEAN).ok


def test_many_copies_are_a_warning():
    problem = only(report(ROWS, written(with_value(1.5, range(20))), described=EMBEDDINGS))
    assert (problem.code, problem.severity, problem.count) == ("identical_vectors", "warning", 20)


def archive(**arrays):
    """Return an archive of some arrays in place of the right ones; None leaves one out."""
    usual = {name: np.array(part) for name, part in GOOD._asdict().items()}
    return zipped(*((f"{name}.npy", npy(array)) for name, array in (usual | arrays).items() if array is not None))


def tensors(change):
    """Return a safetensors file with another header."""
    content = written(GOOD, "safetensors")
    (size,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + size])
    text = change(header)
    text = text if isinstance(text, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + content[8 + size :]


def table(**columns):
    """Return a Parquet table with some columns of its own."""
    usual = pyarrow.parquet.read_table(io.BytesIO(written(GOOD, "parquet")))
    buffer = io.BytesIO()
    columns = {name: usual.column(name) for name in usual.column_names} | columns
    pyarrow.parquet.write_table(
        pa.table({name: column for name, column in columns.items() if column is not None}), buffer
    )
    return buffer.getvalue()


COUNT = len(GOOD.query) + len(GOOD.gallery)
# Name: (content, code, part of the title, part of the mend).
REFUSED = {
    "empty": (b"", "empty_file", "empty", ".npz"),
    "text": (b"query,gallery\n", "wrong_array", "no .npz, safetensors or Parquet", "numpy.save"),
    "no gallery": (archive(gallery=None), "missing_arrays", "lacks gallery", "gallery_ids"),
    "no ids": (
        archive(query_ids=None, gallery_ids=None),
        "missing_arrays",
        "lacks query_ids and gallery_ids",
        "query_ids",
    ),
    "objects": (archive(query_ids=np.array(GOOD.query_ids, object)), "wrong_dtype", "Python objects", "fixed width"),
    "numbers as ids": (archive(query_ids=np.arange(len(GOOD.query))), "wrong_dtype", "integer", "fixed width"),
    "float64": (archive(query=GOOD.query.astype(float)), "wrong_dtype", "float of 64 bits", "float16 or float32"),
    "columns first": (archive(query=np.asfortranarray(GOOD.query)), "wrong_dtype", "columns one behind", "contiguous"),
    "fewer vectors": (archive(query=GOOD.query[1:]), "wrong_shape", "query has the shape", "one for each of its ids"),
    "one dimension": (archive(query=GOOD.query[0]), "wrong_shape", "query has the shape", "2 dimensions"),
    "no numbers": (archive(query=GOOD.query[:, :0]), "wrong_shape", "query has the shape", "1 to 65,536"),
    "two lengths": (archive(query=GOOD.query[:, 1:]), "wrong_shape", "two lengths", "from one model"),
    "cut archive": (written(GOOD)[:-30], "truncated_archive", "ends too early", "again"),
    "cut tensors": (written(GOOD, "safetensors")[:-1], "truncated_array", "ends too early", "whole"),
    "longer": (written(GOOD, "safetensors") + b"\0", "wrong_array", "behind its last tensor", "numpy.save"),
    "no JSON": (tensors(lambda _: b"{" + b"x" * 50), "wrong_array", "damaged JSON", "numpy.save"),
    "deep JSON": (tensors(lambda _: b'{"a":' + b"[" * 100_000), "wrong_array", "damaged JSON", "numpy.save"),
    "a name twice": (tensors(lambda _: b'{"query":{},"query":{}}'), "wrong_array", "damaged JSON", "numpy.save"),
    "bfloat16": (tensors(lambda header: header["query"].update(dtype="BF16")), "wrong_dtype", "bfloat16", "float16"),
    "negative": (
        tensors(lambda header: header["query"].update(shape=[-1, 2])),
        "wrong_array",
        "whole numbers",
        "numpy",
    ),
    "odd type": (
        tensors(lambda header: header["query"].update(dtype="\ud800\0")),
        "wrong_dtype",
        "holds type",
        "float16",
    ),
    "endless shape": (
        tensors(lambda header: header["query"].update(shape=[10**4000, 2])),
        "wrong_array",
        "whole numbers",
        "numpy",
    ),
    "endless tensor": (
        tensors(lambda header: header["gallery"]["data_offsets"].__setitem__(1, 10**4000)),
        "wrong_array",
        "whole numbers",
        "numpy",
    ),
    "gap": (tensors(lambda header: header["query"]["data_offsets"].__setitem__(0, 4)), "wrong_array", "gaps", "numpy"),
    "no ids at all": (
        tensors(lambda header: header.pop("__metadata__") and None),
        "missing_arrays",
        "query_ids",
        "query_ids",
    ),
    "ids no list": (
        tensors(lambda header: header["__metadata__"].update(query_ids="{}")),
        "wrong_array",
        "no JSON array",
        "numpy",
    ),
    "no role": (table(role=None), "missing_arrays", "lacks role", "role, image_id and embedding"),
    "other role": (table(role=pa.array(["query", *["probe"] * (COUNT - 1)])), "wrong_array", "role", "numpy"),
    "doubles": (table(embedding=pa.array([[1.0]] * COUNT)), "wrong_dtype", "double", "float32"),
    "lengths differ": (
        table(embedding=pa.array([[1.0]] * (COUNT - 1) + [[1.0, 2.0]], pa.list_(pa.float32()))),
        "wrong_array",
        "different lengths",
        "as many numbers",
    ),
    "null vector": (
        table(embedding=pa.array([[1.0]] * (COUNT - 1) + [None], pa.list_(pa.float32()))),
        "wrong_array",
        "different lengths",
        "as many numbers",
    ),
    "null number": (
        table(embedding=pa.array([[1.0]] * (COUNT - 1) + [[None]], pa.list_(pa.float32()))),
        "wrong_array",
        "missing",
        "Fill",
    ),
    "cut table": (written(GOOD, "parquet")[:-9], "wrong_array", "no readable Parquet", "numpy"),
}


@pytest.mark.parametrize(("content", "code", "title", "mend"), REFUSED.values(), ids=REFUSED)
def test_files_that_cannot_be_read(content, code, title, mend):
    problem = only(report(ROWS, content, described=EMBEDDINGS))
    assert problem.code == code
    assert title in problem.title
    assert (problem.title + problem.mend).encode()
    assert "\0" not in problem.title
    assert len(problem.title) < 200
    assert mend in problem.mend
    assert problem.mend.endswith(".")


@pytest.mark.parametrize("name", WRITERS)
def test_every_cut_of_a_file_has_a_report(name):
    content = written(GOOD, name)
    for size in range(0, len(content), 997):
        assert codes(report(ROWS, content[:size], described=EMBEDDINGS))


def test_a_long_text_that_a_dictionary_repeats_takes_no_memory():
    count, words = 20_000, pa.array(["x" * 100_000, *GOOD.query_ids])
    ids = pa.DictionaryArray.from_arrays(pa.array([0] * (count - 1) + [1], pa.int32()), words)
    vectors = pa.array([[1.0]] * count, pa.list_(pa.float32()))
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(
        pa.table({"role": ["query"] * count, "image_id": ids, "embedding": vectors}), buffer, store_schema=False
    )
    found = report(ROWS, buffer.getvalue(), described=EMBEDDINGS)
    unknown = next(problem for problem in found.errors if problem.code == "unknown_queries")
    assert unknown.count == count - 1
    assert all(len(item.id) <= 64 for item in unknown.items)
    # In full these would be 2 GB.
    assert pa.default_memory_pool().max_memory() < 500_000_000


def test_a_table_that_expands_too_far_is_refused():
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(np.zeros(COUNT * 60_000, np.float32)), 60_000)
    content = table(embedding=vectors.cast(pa.list_(pa.float32())))
    size = 2 * COUNT * 60_000
    for limits, code in (
        (Limits(ratio_free_bytes=1_000_000), "zip_bomb"),
        (Limits(max_expanded_bytes=size - 1), "too_large"),
    ):
        assert len(content) < size / 200
        assert only(report(ROWS, content, described=EMBEDDINGS, limits=limits)).code == code
    assert "zip_bomb" not in codes(report(ROWS, content, described=EMBEDDINGS))


def test_ids_are_read_in_pieces_whatever_their_header_claims(monkeypatch):
    asked, whole = [], Stream.exactly

    def exactly(self, size, *, name):
        asked.append(size)
        return whole(self, size, name=name)

    monkeypatch.setattr(Stream, "exactly", exactly)
    claimed = npy(np.array(GOOD.query_ids, "<U250")).replace(f"({len(GOOD.query_ids)},)".encode(), b"(1999999,)", 1)
    files = {name: npy(np.array(part)) for name, part in GOOD._asdict().items()} | {"query_ids": claimed}
    found = report(ROWS, zipped(*((f"{name}.npy", content) for name, content in files.items())), described=EMBEDDINGS)
    assert codes(found) == ["truncated_array"]
    assert max(asked) <= npz.BLOCK_BYTES


def test_ids_of_several_pieces_are_whole(monkeypatch):
    monkeypatch.setattr(npz, "BLOCK_BYTES", 1000)
    assert report(ROWS, written(GOOD), described=EMBEDDINGS).problems == ()
