"""Write a file in another format, where that invents nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import BinaryIO

from scoring.errors import FormatError
from scoring.formats.answers import read_answers
from scoring.formats.description import SubmissionFormat
from scoring.formats.writing import ENDINGS, Answer, write_answers
from scoring.manifest import Manifest
from scoring.vectors.answers import embedding_answers


def convert(
    file: BinaryIO,
    out: BinaryIO,
    *,
    manifest: Manifest,
    given: SubmissionFormat,
    wanted: SubmissionFormat,
    identities: Mapping[str, str] | None = None,
    packing: str = "plain",
) -> None:
    """Read a file in which a check has found no error, and write its answers in another format.

    Parameters
    ----------
    identities : mapping of gallery id to identity, or None
        What labels are made of: the released gallery list.

    Raises
    ------
    FormatError
        Says why, where the wanted file would hold what the given one does not.
    """
    _refuse_invention(given, wanted, identities)
    read = embedding_answers if given.kind == "embeddings" else read_answers
    answers = dict(read(file, manifest=manifest, submission_format=given))
    ordered: Iterator[Answer] = (
        (query, answers.pop(query)) for track in manifest.tracks for query in manifest.queries(track)
    )
    if wanted.kind == "labels" and given.kind != "labels":
        ordered = _labels(ordered, identities or {}, wanted.top)
    else:
        ordered = _cut(ordered, manifest, wanted)
    write_answers(out, ordered, manifest=manifest, submission_format=wanted, packing=packing)


def _refuse_invention(given: SubmissionFormat, wanted: SubmissionFormat, identities: Mapping[str, str] | None) -> None:
    if wanted.kind not in ENDINGS:
        raise FormatError(f'A "{given.kind}" file holds an order and no numbers: "{wanted.kind}" cannot be made of it.')
    if given.kind == "labels" and wanted.kind != "labels":
        raise FormatError("Labels name no gallery images: no ranking can be made of them.")
    if given.kind == wanted.kind == "labels" and given.top > wanted.top:
        raise FormatError(f"The file may name {given.top} identities per query, and the wanted one {wanted.top} alone.")
    if wanted.kind == "labels" and given.kind != "labels" and identities is None:
        raise FormatError("Labels are made of the identities of the gallery: give the released list of them.")


def _labels(answers: Iterator[Answer], identities: Mapping[str, str], top: int) -> Iterator[Answer]:
    """Name the first distinct identities of each ranking."""
    for query, items in answers:
        missing = next((item for item in items if item not in identities), None)
        if missing is not None:
            raise FormatError(f"The released list has no identity for {missing}.")
        yield query, list(dict.fromkeys(identities[item] for item in items))[:top]


def _cut(answers: Iterator[Answer], manifest: Manifest, wanted: SubmissionFormat) -> Iterator[Answer]:
    """Cut rankings at the wanted depth; full ones must be full already."""
    sizes = {query: manifest.n_gallery(track) for track in manifest.tracks for query in manifest.queries(track)}
    for query, items in answers:
        if wanted.kind != "labels" and wanted.depth is None and len(items) < sizes[query]:
            raise FormatError(
                f"{query} lists {len(items):,} of {sizes[query]:,} gallery images: no full ranking can be made of it."
            )
        yield query, items if wanted.kind == "labels" else items[: wanted.depth]
