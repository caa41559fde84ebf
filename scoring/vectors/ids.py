"""Match the ids of a file of embeddings with the published list of images."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from scoring.formats.container import RefusedError
from scoring.formats.excerpts import shown
from scoring.vectors.problems import Notes

ROLES = ("query", "gallery")
_CODES = {
    "query": ("unknown_queries", "duplicate_queries", "missing_queries"),
    "gallery": ("unknown_gallery_ids", "duplicate_gallery_ids", "missing_gallery_ids"),
}


def places_of(ids: Sequence[str], wanted: Sequence[str], role: str, notes: Notes) -> npt.NDArray[np.int64]:
    """Return the position of each id in the published list, -1 where it is unknown or occurs again; note what is wrong."""
    unknown, duplicate, missing = _CODES[role]
    left = {name: at for at, name in enumerate(wanted)}
    known = frozenset(wanted)
    places = np.full(len(ids), -1, np.int64)
    for row, name in enumerate(ids):
        places[row] = left.pop(name, -1)
        if places[row] < 0:
            notes.add(duplicate if name in known else unknown, shown(name.encode("utf-8", "replace")[:64]))
    for name in left:
        notes.add(missing, name)
    return places


def ids_of_json(text: str | bytes, *, name: str) -> list[str]:
    """Return a JSON array of strings.

    Raises
    ------
    RefusedError
        When it is anything else.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RefusedError("wrong_array", name=name, reason="it is no JSON") from error
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise RefusedError("wrong_array", name=name, reason="it is no JSON array of strings")
    return found
