"""Read a file of embeddings, check every vector, and rank the gallery for each query.

The vectors of a track are held in memory as float32, in the published order, whatever the order of the file.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from scoring.formats.container import Received, RefusedError, Source, open_tracks
from scoring.formats.context import Context
from scoring.formats.zips import open_zip
from scoring.ranking import Job
from scoring.report import Report
from scoring.vectors.ids import ROLES, places_of
from scoring.vectors.npz import MEMBERS, read_npz
from scoring.vectors.parquet import read_parquet
from scoring.vectors.parts import Part, Parts
from scoring.vectors.prepared import Pair, SingleArray, prepare
from scoring.vectors.problems import Notes
from scoring.vectors.safetensors import looks_like_safetensors, read_safetensors
from scoring.vectors.screening import score_embeddings, score_reranked
from scoring.vectors.target import Target, Track, add_up_target, new_target, tracks_of
from scoring.vectors.twins import count_twins
from scoring.wording import plural

_ZIP: Final = b"PK"
_PARQUET: Final = b"PAR1"
#: What may not be inside an archive; a .npz is a zip itself.
_REFUSED: Final = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")
#: Vectors of one role that equal another one, from which something went wrong.
_MIN_TWINS: Final = 8
_TWIN_SHARE: Final = 0.05


class Loaded(NamedTuple):
    """Hold the vectors of both roles in the published order."""

    query: SingleArray
    gallery: SingleArray


def read_embeddings(
    received: Received, context: Context, *, cut: int | None, job: Job, labels: Iterable[str]
) -> Report:
    """Read a file of embeddings; see `scoring.submission.read_submission`.

    Raises
    ------
    RefusedError
        When reading cannot go on.
    """
    del labels
    notes = Notes(context)
    target = new_target(context, job, cut=cut)
    for track, loaded in loaded_tracks(received, context, notes):
        if loaded is not None and job.truth.enabled and not notes.errors:
            _rank(loaded, track, target, context)
    add_up_target(target, context)
    return notes.report(received)


def loaded_tracks(received: Received, context: Context, notes: Notes) -> Iterator[tuple[Track, Loaded | None]]:
    """Yield each track with its vectors, None where ids are wrong; what is wrong is noted.

    Raises
    ------
    RefusedError
        When reading cannot go on.
    """
    for track, file in zip(tracks_of(context), _files(received, context), strict=True):
        yield track, _load(_parts(file), track, notes)


def _files(received: Received, context: Context) -> list[Received]:
    """Return the file of each track as it can be read at any place: what is packed is expanded in memory."""
    tracks, head = context.manifest.tracks, received.head
    is_plain = len(tracks) == 1 and not head.startswith(_REFUSED) and received.file.seekable()
    if is_plain and head.startswith(_ZIP):
        is_plain = bool({entry.filename for entry in open_zip(received)[1]} & set(MEMBERS))
    if is_plain:
        if not head:
            raise RefusedError("empty_file")
        received.drain()
        return [received]
    return [_expanded(source, received) for _, source in open_tracks(received, tracks, refused=_REFUSED)]


def _expanded(source: Source, received: Received) -> Received:
    content, buffer = io.BytesIO(), memoryview(bytearray(1 << 20))
    while size := source.fill(buffer):
        content.write(buffer[:size])
    content.seek(0)
    inner = Received(content, received.limits)
    inner.drain()
    return inner


def _parts(file: Received) -> Parts:
    """Tell the format of a file by its first bytes and open it."""
    if not file.head:
        raise RefusedError("empty_file")
    if file.head.startswith(_ZIP):
        return read_npz(file)
    if file.head.startswith(_PARQUET):
        return read_parquet(file.file, file.bytes, file.limits)
    if looks_like_safetensors(file.head):
        return read_safetensors(file.file, file.bytes)
    raise RefusedError("wrong_array", name="The file", reason="it is no .npz, safetensors or Parquet file")


def _load(parts: Parts, track: Track, notes: Notes) -> Loaded | None:
    """Check ids and vectors of both roles; return the vectors where all ids are right."""
    if parts["query"].dimensions != parts["gallery"].dimensions:
        sizes = tuple(parts[role].dimensions for role in ROLES)
        raise RefusedError(
            "wrong_shape",
            name="A file with vectors of two lengths",
            found=sizes,
            wanted=None,
            mend=f"Queries have {sizes[0]:,} numbers and gallery images {sizes[1]:,}: take both from one model.",
        )
    loaded = {role: _load_role(parts[role], role, track, notes) for role in ROLES}
    notes.shapes.append(
        f"{len(track.queries):,} query and {len(track.gallery):,} gallery vectors of {parts['query'].dimensions:,} numbers"
    )
    query, gallery = loaded["query"], loaded["gallery"]
    return None if query is None or gallery is None else Loaded(query, gallery)


def _load_role(part: Part, role: str, track: Track, notes: Notes) -> SingleArray | None:
    """Read and check the vectors of one role; return them in the published order where all ids are right."""
    wanted = track.queries if role == "query" else track.gallery
    places = places_of(part.ids, wanted, role, notes)
    known = int((places >= 0).sum())
    is_whole = len(part.ids) == known == len(wanted)
    notes.rows += len(part.ids)
    notes.queries += known if role == "query" else 0
    values = np.empty((len(wanted) if is_whole else 0, part.dimensions), np.float32)
    first = 0
    for rows in part.blocks():
        _check(rows, part.ids[first : first + len(rows)], notes)
        if is_whole:
            values[places[first : first + len(rows)]] = rows
        first += len(rows)
        notes.bytes += rows.nbytes
    if not is_whole:
        return None
    twins = count_twins(values)
    if twins >= max(_MIN_TWINS, _TWIN_SHARE * len(values)):
        notes.warn(
            "identical_vectors",
            f"{plural(twins, f'{role} vector equals', f'{role} vectors equal')} another one, in {track.name}",
            "Check that every image was read by itself.",
            count=twins,
        )
    return values


def _check(rows: npt.NDArray[Any], ids: list[str], notes: Notes) -> None:
    """Note vectors that are not finite, and those without a direction where that counts."""
    # A sum is finite only where all numbers are; an overflow makes it look closer.
    with np.errstate(over="ignore", invalid="ignore"):
        is_suspect = not np.isfinite(rows.sum(dtype=np.float64))
    if is_suspect:
        wrong = (~np.isfinite(rows)).sum(axis=1)
        for row in np.flatnonzero(wrong).tolist():
            notes.add("not_finite", ids[row], count=int(wrong[row]))
    if notes.context.submission_format.metric == "cosine":
        for row in np.flatnonzero(~rows.any(axis=1)).tolist():
            notes.add("zero_vectors", ids[row])


def _rank(loaded: Loaded, track: Track, target: Target, context: Context) -> None:
    """Score the queries of one track."""
    described = context.submission_format
    if described.rerank:
        score_reranked(loaded.query, loaded.gallery, described.rerank, track.first_query, target)
        return
    queries, gallery = prepare(loaded.query, loaded.gallery, metric=described.metric)
    pair = Pair(queries, gallery, track.first_query)
    score_embeddings(pair, target)
