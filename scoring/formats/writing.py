"""Write the files that the readers read: every text kind, streamed, plain or packed.

A writer is the inverse of its reader: what is written and read again are the same answers.
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Any, BinaryIO, Final

import pyarrow as pa

from scoring.errors import FormatError
from scoring.formats.description import SubmissionFormat
from scoring.manifest import Manifest

#: A query and its gallery ids, best first, or its identities.
Answer = tuple[str, Sequence[str]]
PACKINGS: Final = ("plain", "gz", "zst", "zip")
#: Kinds that are text, with the ending of their files.
ENDINGS: Final[Mapping[str, str]] = {
    "labels": "csv",
    "ranking": "csv",
    "ranking_lines": "txt",
    "ranking_json": "json",
    "run": "run",
}
#: The earliest time that a zip can hold: equal answers give equal bytes.
_ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)
_TAG: Final = "agora"

_Name = Callable[[str], str]


def write_answers(
    file: BinaryIO,
    answers: Iterable[Answer],
    *,
    manifest: Manifest,
    submission_format: SubmissionFormat,
    packing: str = "plain",
) -> None:
    """Write answers as a file of the declared format.

    Parameters
    ----------
    file : binary file
        A zip must be seekable.
    answers : iterable of (query id, ids)
        In the order of the manifest; gallery ids best first, or identities for ``labels``.
    packing : str
        ``plain``, ``gz``, ``zst`` or ``zip``; several tracks of a kind that names no queries are always a zip.

    Raises
    ------
    FormatError
        For kinds that are no text, an unknown packing, or answers that are not those of the manifest in its order.
    """
    described = submission_format
    if described.kind not in ENDINGS:
        raise FormatError(f'Files of kind "{described.kind}" are not written; {", ".join(ENDINGS)} are.')
    if packing not in PACKINGS:
        raise FormatError(f'"{packing}" is no packing; {", ".join(PACKINGS)} are.')
    ordered = _in_order(answers, manifest)
    if described.is_per_track and len(manifest.tracks) > 1:
        if packing != "zip":
            raise FormatError("Several tracks of a kind that names no queries are one zip.")
        _write_tracks(file, ordered, manifest, described)
    else:
        with _packed(file, packing, f"submission.{ENDINGS[described.kind]}") as out:
            _write(out, ordered, manifest, manifest.tracks, described)
    next(ordered, None)  # which looks for answers behind the last one


def _in_order(answers: Iterable[Answer], manifest: Manifest) -> Iterator[Answer]:
    """Hand the answers on as long as they are those of the manifest."""
    given = iter(answers)
    for query in (query for track in manifest.tracks for query in manifest.queries(track)):
        answer = next(given, None)
        if answer is None or answer[0] != query:
            raise FormatError(f"The answer of {query} is not at its place in the order of the published list.")
        yield answer
    if next(given, None) is not None:
        raise FormatError("There are more answers than queries.")


def _write_tracks(file: BinaryIO, answers: Iterator[Answer], manifest: Manifest, described: SubmissionFormat) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for track in manifest.tracks:
            with archive.open(_member(f"{track}.{ENDINGS[described.kind]}"), "w", force_zip64=False) as out:
                _write(out, answers, manifest, (track,), described)


@contextmanager
def _packed(file: BinaryIO, packing: str, name: str) -> Iterator[IO[bytes]]:
    """Give what packs the bytes that are written to it."""
    if packing == "gz":
        with gzip.GzipFile(fileobj=file, mode="wb", mtime=0, filename="") as packed:
            yield packed  # type: ignore[misc]
    elif packing == "zst":
        with pa.CompressedOutputStream(pa.PythonFile(_Kept(file), mode="w"), "zstd") as stream:
            yield stream
    elif packing == "zip":
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(_member(name), "w") as out:
            yield out
    else:
        yield file


class _Kept(io.RawIOBase):
    """Write to a file that its owner closes."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return self._file.write(data)


def _member(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=_ZIP_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def _write(
    out: IO[bytes], answers: Iterator[Answer], manifest: Manifest, tracks: Sequence[str], described: SubmissionFormat
) -> None:
    """Write the answers of some tracks, which come next."""
    write = _WRITERS[described.kind]
    if described.has_header:
        out.write((",".join(described.columns) + "\n").encode())
    if described.kind == "ranking_json":
        out.write(b'{"reid_result":[')
    is_first = True
    for track in tracks:
        query_name, item_name = _names(manifest, track, described)
        for _ in range(len(manifest.queries(track))):
            query, items = next(answers)
            line = write(query_name(query), [item_name(item) for item in items], described)
            out.write((line if is_first or described.kind != "ranking_json" else f",\n{line}").encode())
            is_first = False
    if described.kind == "ranking_json":
        out.write(b"]}\n")


def _names(manifest: Manifest, track: str, described: SubmissionFormat) -> tuple[_Name, _Name]:
    """Return what a file calls queries and items of a track."""
    if described.index_base == "names":
        return str, str
    base = int(described.index_base)
    items = {name: str(base + place) for place, name in enumerate(manifest.gallery(track))}
    queries = {name: str(base + place) for place, name in enumerate(manifest.queries(track))}
    return (queries.__getitem__ if described.is_per_track else str), items.__getitem__


def _row(query: str, items: Sequence[str], described: SubmissionFormat) -> str:
    return "," * len(described.ignored_columns) + f"{query},{' '.join(items)}\n"


def _line(_: str, items: Sequence[str], __: SubmissionFormat) -> str:
    return " ".join(items) + "\n"


def _entry(query: str, items: Sequence[str], described: SubmissionFormat) -> str:
    if described.index_base == "names":
        return json.dumps({"query_id": query, "ans_ids": list(items)}, separators=(",", ":"))
    return f'{{"query_id":{query},"ans_ids":[{",".join(items)}]}}'


def _lines_of_run(query: str, items: Sequence[str], _: SubmissionFormat) -> str:
    """Write scores that say the order and nothing else: the number of items that are not ranked before."""
    most = len(items)
    return "".join(f"{query} Q0 {item} {rank + 1} {most - rank} {_TAG}\n" for rank, item in enumerate(items))


_WRITERS: Final[Mapping[str, Callable[[str, Sequence[str], SubmissionFormat], str]]] = {
    "labels": _row,
    "ranking": _row,
    "ranking_lines": _line,
    "ranking_json": _entry,
    "run": _lines_of_run,
}
