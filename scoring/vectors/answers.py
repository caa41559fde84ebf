"""Read rankings out of embeddings that a check has found to be right: what conversions start from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from scoring.formats.container import Received
from scoring.formats.context import Context
from scoring.formats.description import Limits, SubmissionFormat
from scoring.manifest import Manifest
from scoring.vectors.embeddings import Loaded, loaded_tracks
from scoring.vectors.orders import embedding_orders
from scoring.vectors.problems import Notes


def embedding_answers(
    file: BinaryIO, *, manifest: Manifest, submission_format: SubmissionFormat
) -> Iterator[tuple[str, list[str]]]:
    """Yield each query with the whole gallery of its track, nearest first: the order that is scored.

    Parameters
    ----------
    file : binary file
        At its beginning; `scoring.check` has found no error in it.
    """
    context = Context(manifest=manifest, submission_format=submission_format, limits=Limits())
    for track, loaded in loaded_tracks(Received(file, context.limits), context, Notes(context)):
        assert loaded is not None  # noqa: S101 (a check found all ids)
        gallery = np.array(track.gallery, dtype=object)
        for query, order in zip(track.queries, _orders(loaded, submission_format), strict=True):
            yield query, gallery[order].tolist()


def _orders(loaded: Loaded, described: SubmissionFormat) -> Iterator[npt.NDArray[np.integer]]:
    if not described.rerank:
        yield from embedding_orders(loaded.query, loaded.gallery, metric=described.metric)
        return
    from scoring.reranking import VARIANTS, rerank  # noqa: PLC0415 (its kernels take time to load)

    for _, rows in rerank(loaded.query, loaded.gallery, settings=VARIANTS[described.rerank]).rankings():
        yield from rows
