"""What a file means, read in the plainest way from scoring/README.md: slow, independent, in pure Python.

Each function returns {query: [gallery ids, best first]} (or labels) of a file that is right, and raises `ValueError` for one
that is not.
"""

import gzip
import io
import json
import math
import re
import warnings
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

POSITION = re.compile(r"[0-9]{1,16}")
SCORE = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
BLANKS = " \r"


def unpacked(content):
    """Return the one file that an archive holds, or what is no archive."""
    if content.startswith(b"\x1f\x8b"):
        return gzip.decompress(content)
    if content.startswith(b"\x28\xb5\x2f\xfd"):
        return pa.CompressedInputStream(io.BytesIO(content), "zstd").read()
    if content.startswith(b"PK"):
        found = files(content)
        return next(iter(found.values())) if len(found) == 1 else content  # arrays in a .npz
    return content


def files(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/") and not name.startswith("__MACOSX/")]
        return {name: archive.read(name) for name in names if not name.endswith(".DS_Store")}


class Truth:
    """The lists of a test set, of all tracks or of one."""

    def __init__(self, manifest):
        self.tracks = manifest.tracks
        self.queries = {track: list(manifest.queries(track)) for track in manifest.tracks}
        self.gallery = {track: list(manifest.gallery(track)) for track in manifest.tracks}
        self.track_of = {query: track for track, queries in self.queries.items() for query in queries}

    def item(self, track, token, base):
        """Return the gallery id that a token means."""
        if base == "names":
            return must(token in self.gallery[track], token)
        must(POSITION.fullmatch(token), token)
        return self.gallery[track][place(int(token) - int(base), self.gallery[track])]

    def complete(self, answers, described):
        """Return the answers when every query has one of the right length, without repeats."""
        must(set(answers) == set(self.track_of), "queries")
        for query, items in answers.items():
            size = len(self.gallery[self.track_of[query]])
            most, least = (described.depth, 1) if described.depth else (size, size)
            must(least <= len(items) <= most and len(set(items)) == len(items), items)
        return answers


def must(condition, value):
    if not condition:
        raise ValueError(value)
    return value


def place(position, listed):
    must(0 <= position < len(listed), position)
    return position


def lines_of(content):
    """Return the lines without their ends; bytes that are not UTF-8 can only stand where nothing is read."""
    text = content.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]


def fields_of(line, number):
    """Return the fields of a line of CSV."""
    fields, at = [], 0
    for column in range(number):
        if line[at : at + 1] == '"':
            end = line.index('"', at + 1)
            fields.append(line[at + 1 : end])
            at = end + 1
        else:
            end = line.find(",", at)
            end = len(line) if end < 0 else end
            must("\r" not in line[at:end], line)
            fields.append(line[at:end])
            at = end
        if column < number - 1:
            must(line[at : at + 1] == ",", line)
            at += 1
    must(at == len(line), line)
    return fields


def table(content, described):
    """Return pairs of a query and the words of its value."""
    header, *rows = lines_of(unpacked(content))
    names = [name.strip().removeprefix('"').removesuffix('"') for name in header.split(",")]
    must(sorted(names) == sorted(described.columns), header)
    query, value = names.index(described.query_column), names.index(described.value_column)
    must(query < value, header)
    pairs = []
    for line in rows:
        if line.strip(BLANKS):
            fields = fields_of(line, len(names))
            pairs.append((fields[query].strip(" "), [word for word in fields[value].split(" ") if word]))
    must(len(dict(pairs)) == len(pairs), "queries")
    return pairs


def ranking(content, described, truth):
    answers = {}
    for query, words in table(content, described):
        track = truth.track_of[must(query in truth.track_of, query)]
        answers[query] = [truth.item(track, word, described.index_base) for word in words]
    return truth.complete(answers, described)


def labels(content, described, truth):
    answers = dict(table(content, described))
    must(set(answers) == set(truth.track_of), "queries")
    for named in answers.values():
        must(1 <= len(named) <= described.top and len(set(named)) == len(named), named)
    return answers


def of_tracks(read):
    """Read a zip with a file for each track, or the file of the one track that there is."""

    def whole(content, described, truth):
        if len(truth.tracks) == 1:
            parts = {truth.tracks[0]: unpacked(content)}
        else:
            found = files(content)
            parts = {name.rpartition("/")[2].rpartition(".")[0]: part for name, part in found.items()}
            must(set(parts) == set(truth.tracks) and len(found) == len(parts), parts)
        answers = {}
        for track, part in parts.items():
            answers |= read(part, described, truth, track)
        return truth.complete(answers, described)

    return whole


def lines_of_track(content, described, truth, track):
    queries, lines = truth.queries[track], lines_of(content)
    must(len(lines) >= len(queries) and not any(line.strip(BLANKS) for line in lines[len(queries) :]), lines)
    words = [[word for word in line.split(" ") if word] for line in lines[: len(queries)]]
    items = [[truth.item(track, word, described.index_base) for word in row] for row in words]
    return dict(zip(queries, items, strict=True))


def run(content, described, truth):
    scored = {}
    for line in lines_of(unpacked(content)):
        if not line.strip(" \t"):
            continue
        query, _, item, _, score, _ = re.split("[ \t]+", line.strip(" \t"))
        track = truth.track_of[must(query in truth.track_of, query)]
        must(item in truth.gallery[track], item)
        must(SCORE.fullmatch(score) and len(score) <= 64 and math.isfinite(float(score)), score)
        scored.setdefault(query, []).append((-float(score), truth.gallery[track].index(item), item))
    return truth.complete({query: [item for _, _, item in sorted(rows)] for query, rows in scored.items()}, described)


class Number(str):
    """A number as it is written."""

    __slots__ = ()


def _object(pairs):
    must(len(dict(pairs)) == len(pairs), pairs)
    return dict(pairs)


def json_entries(content):
    text = content.decode("utf-8").removeprefix("\ufeff")
    found = json.loads(text, object_pairs_hook=_object, parse_int=Number, parse_float=Number, parse_constant=_none)
    must(isinstance(found, dict) and set(found) == {"reid_result"} and isinstance(found["reid_result"], list), found)
    for entry in found["reid_result"]:
        must(isinstance(entry, dict) and set(entry) == {"query_id", "ans_ids"}, entry)
        must(isinstance(entry["ans_ids"], list), entry)
    pairs = [(entry["query_id"], entry["ans_ids"]) for entry in found["reid_result"]]
    must(all(isinstance(query, str) and all(isinstance(item, str) for item in items) for query, items in pairs), pairs)
    must(len(dict(pairs)) == len(pairs), pairs)
    return pairs


def _none(_):
    raise ValueError


def json_of_names(content, described, truth):
    answers = {}
    for query, items in json_entries(unpacked(content)):
        must(query in truth.track_of and not any(isinstance(value, Number) for value in (query, *items)), query)
        must(all(item in truth.gallery[truth.track_of[query]] for item in items), items)
        answers[query] = items
    return truth.complete(answers, described)


def json_of_track(content, described, truth, track):
    base, answers = int(described.index_base), {}
    for query, items in json_entries(content):
        must(all(isinstance(value, Number) and str(value) == str(int(value)) for value in (query, *items)), query)
        listed = truth.gallery[track]
        answers[truth.queries[track][place(int(query) - base, truth.queries[track])]] = [
            listed[place(int(item) - base, listed)] for item in items
        ]
    return answers


def _loaded(content):
    """Return what NumPy loads; it warns of a header that begins with blanks, and reads it all the same."""
    with warnings.catch_warnings(action="ignore", category=UserWarning):
        return np.load(io.BytesIO(content), allow_pickle=False)


def distances_of_track(content, _described, truth, track):
    matrix = _loaded(content)
    shape = (len(truth.queries[track]), len(truth.gallery[track]))
    must(matrix.shape == shape and np.isfinite(matrix).all(), matrix)
    order = np.argsort(matrix, axis=1, kind="stable")
    return {
        query: [truth.gallery[track][item] for item in order[row]] for row, query in enumerate(truth.queries[track])
    }


def _text(value):
    """Return a text, which Parquet may hold as bytes."""
    return value.decode() if isinstance(value, bytes) else value


def _arrays(content):
    """Return ids and vectors of queries and gallery of a file of embeddings."""
    if content.startswith(b"PK"):
        with warnings.catch_warnings(action="ignore", category=UserWarning):
            arrays = np.load(io.BytesIO(content), allow_pickle=False)
            return [arrays[name] for name in ("query_ids", "query", "gallery_ids", "gallery")]
    if content.startswith(b"PAR1"):
        rows = pq.ParquetFile(io.BytesIO(content)).read().to_pylist()
        sides = [[row for row in rows if _text(row["role"]) == role] for role in ("query", "gallery")]
        names = [[_text(row["image_id"]) for row in side] for side in sides]
        vectors = [np.array([row["embedding"] for row in side]) for side in sides]
        return [names[0], vectors[0], names[1], vectors[1]]
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    return [part for role in ("query", "gallery") for part in _side(header, content[8 + size :], role)]


def _side(header, data, role):
    described, ids = header[role], header.get("__metadata__", {}).get(f"{role}_ids")
    if ids is None:
        first, last = header[f"{role}_ids"]["data_offsets"]
        ids = data[first:last].decode()
    first, last = described["data_offsets"]
    vectors = np.frombuffer(data[first:last], {"F16": "<f2", "F32": "<f4", "F64": "<f8"}[described["dtype"]])
    return json.loads(ids), vectors.reshape(described["shape"])


def embeddings_of_track(content, described, truth, track):
    query_ids, queries, gallery_ids, gallery = _arrays(content)
    sides = []
    for names, vectors, wanted in (
        (query_ids, queries, truth.queries[track]),
        (gallery_ids, gallery, truth.gallery[track]),
    ):
        place_of = {str(name): at for at, name in enumerate(names)}
        must(len(place_of) == len(names) == len(vectors) and set(place_of) == set(wanted), names)
        must(np.isfinite(vectors).all(), vectors)
        side = np.asarray(vectors).astype(np.float64)[[place_of[name] for name in wanted]]
        if described.metric == "cosine":
            side = side / np.array([math.sqrt(math.fsum(row * row)) for row in side])[:, None]
        sides.append(side)
    distances = np.array([[math.fsum((query - item) ** 2) for item in sides[1]] for query in sides[0]])
    order = np.argsort(distances, axis=1, kind="stable")
    return {
        query: [truth.gallery[track][item] for item in order[row]] for row, query in enumerate(truth.queries[track])
    }
