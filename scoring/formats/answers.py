"""Read the answers out of a file that a check has found to be right: what conversions start from.

These readers are plain and follow scoring/README.md; scores never come from them.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, Final

import numpy as np

from scoring.errors import FormatError
from scoring.formats.container import Received, Source, open_source, open_tracks
from scoring.formats.description import MEBIBYTE, Limits, SubmissionFormat
from scoring.formats.writing import Answer
from scoring.manifest import Manifest

_ENTRY: Final = re.compile(r"\{[^{}]*\}")
_BLANKS: Final = " \r\n"
_NPY: Final = b"\x93"


class _Expanded(io.RawIOBase):
    """Read the expanded bytes of a file as a file."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, view: Any) -> int:
        return self._source.fill(memoryview(view))


def _text(source: Source) -> io.TextIOWrapper:
    """Read text; columns that are not read may hold any bytes."""
    buffered = io.BufferedReader(_Expanded(source), MEBIBYTE)
    return io.TextIOWrapper(buffered, encoding="utf-8-sig", errors="surrogateescape", newline="\n")


def read_answers(file: BinaryIO, *, manifest: Manifest, submission_format: SubmissionFormat) -> Iterator[Answer]:
    """Return each query with its gallery ids, best first, or its identities, in the order of the file.

    Parameters
    ----------
    file : binary file
        At its beginning; `scoring.check` has found no error in it.

    Raises
    ------
    FormatError
        For kinds that hold no ranking which could be read without the scorer.
    """
    received, kind = Received(file, Limits()), submission_format.kind
    if kind not in _READERS:
        raise FormatError(f'The rankings of files of kind "{kind}" are not written out; {", ".join(_READERS)} are.')
    if not submission_format.is_per_track:
        yield from _READERS[kind](open_source(received), manifest, manifest.tracks[0], submission_format)
        return
    for track, source in open_tracks(received, manifest.tracks):
        yield from _READERS[kind](source, manifest, track, submission_format)


def _fields(line: str, number: int) -> list[str]:
    """Split a line of CSV, in which quotes enclose whole fields."""
    fields, at = [], 0
    for _ in range(number):
        is_quoted = line.startswith('"', at)
        at += is_quoted
        end = line.find('"' if is_quoted else ",", at)
        end = len(line) if end < 0 else end
        fields.append(line[at:end])
        at = end + 1 + is_quoted
    return fields


def _rows(source: Source, manifest: Manifest, _: str, described: SubmissionFormat) -> Iterator[Answer]:
    """Read CSV."""
    text = _text(source)
    header = [name.strip().removeprefix('"').removesuffix('"') for name in text.readline().strip("\r\n").split(",")]
    query_at, value_at = header.index(described.query_column), header.index(described.value_column)
    tracks = {query: track for track in manifest.tracks for query in manifest.queries(track)}
    for line in text:
        if not line.strip(_BLANKS):
            continue
        fields = _fields(line.removesuffix("\n").removesuffix("\r"), len(header))
        query, words = fields[query_at].strip(" "), fields[value_at].split()
        yield query, words if described.kind == "labels" else _ids(words, manifest, tracks[query], described)


def _ids(words: list[str], manifest: Manifest, track: str, described: SubmissionFormat) -> list[str]:
    """Return the gallery ids that words mean."""
    if described.index_base == "names":
        return words
    gallery, base = manifest.gallery(track), int(described.index_base)
    return [gallery[int(word) - base] for word in words]


def _lines(source: Source, manifest: Manifest, track: str, described: SubmissionFormat) -> Iterator[Answer]:
    for query, line in zip(manifest.queries(track), _text(source), strict=False):
        yield query, _ids(line.split(), manifest, track, described)


def _entries(source: Source, manifest: Manifest, track: str, described: SubmissionFormat) -> Iterator[Answer]:
    """Read JSON entry by entry: no id holds a brace, so the next closing one ends an entry."""
    text, pending = _text(source), ""
    while more := text.read(MEBIBYTE):
        pending, end = pending + more, 0
        for entry in _ENTRY.finditer(pending):
            yield _entry(json.loads(entry[0]), manifest, track, described)
            end = entry.end()
        pending = pending[end:]


def _entry(entry: Mapping[str, Any], manifest: Manifest, track: str, described: SubmissionFormat) -> Answer:
    query, items = entry["query_id"], entry["ans_ids"]
    if described.index_base == "names":
        return str(query), list(items)
    name = manifest.queries(track)[int(query) - int(described.index_base)]
    return name, _ids(list(items), manifest, track, described)


def _run(source: Source, manifest: Manifest, _: str, __: SubmissionFormat) -> Iterator[Answer]:
    """Rank a run: all of it is held, since lines of a query may stand anywhere."""
    scored: dict[str, list[tuple[float, str]]] = {}
    for line in _text(source):
        if words := line.split():
            scored.setdefault(words[0], []).append((-float(words[4]), words[2]))
    for track in manifest.tracks:
        place = {name: at for at, name in enumerate(manifest.gallery(track))}
        for query in manifest.queries(track):
            yield query, [name for _, name in sorted(scored.pop(query), key=lambda row: (row[0], place[row[1]]))]


def _distances(source: Source, manifest: Manifest, track: str, _: SubmissionFormat) -> Iterator[Answer]:
    """Rank a matrix row by row: lower is nearer, and equal distances go to the earlier position."""
    file = io.BufferedReader(_Expanded(source), MEBIBYTE)
    gallery = manifest.gallery(track)
    if not file.peek(1).startswith(_NPY):
        yield from _matrix(io.TextIOWrapper(file, encoding="utf-8-sig", newline="\n"), gallery)
        return
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    header = read(file)
    shape, dtype = header[0], header[2]
    for query in manifest.queries(track):
        row = np.frombuffer(file.read(shape[1] * dtype.itemsize), dtype=dtype)
        yield query, [gallery[item] for item in np.argsort(row, kind="stable").tolist()]


def _matrix(text: io.TextIOWrapper, gallery: Sequence[str]) -> Iterator[Answer]:
    """Rank a CSV matrix: its lines and columns stand in any order, and the published one decides between equal distances."""
    place = {name: at for at, name in enumerate(gallery)}
    columns = [place[name] for name in _cells(text.readline())[1:]]
    for line in text:
        if not line.strip(_BLANKS):
            continue
        query, *numbers = _cells(line)
        row = np.empty(len(gallery))
        row[columns] = [float(number) for number in numbers]
        yield query, [gallery[item] for item in np.argsort(row, kind="stable").tolist()]


def _cells(line: str) -> list[str]:
    return [cell.strip(' "\r\n') for cell in line.split(",")]


_READERS: Final[Mapping[str, Callable[[Source, Manifest, str, SubmissionFormat], Iterator[Answer]]]] = {
    "labels": _rows,
    "ranking": _rows,
    "ranking_lines": _lines,
    "ranking_json": _entries,
    "run": _run,
    "distances": _distances,
}
