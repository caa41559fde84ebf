"""Compare, sort and slice entries in the scorer's child: descriptors in, plain JSON values out.

The site's web processes can read neither the ground truth nor what was found for each query; they read what these jobs
leave.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from itertools import combinations
from typing import Any, Final

from scoring.annotations import Annotations
from scoring.comparison.entries import Entry, lay_ground
from scoring.comparison.sign_flip import difference_on
from scoring.comparison.slices import score_slices
from scoring.comparison.tiers import MAX_ENTRIES, sort_into_tiers
from scoring.errors import ComparisonError
from scoring.protocol import Protocol
from scoring.revision import SCORER_REVISION

TASKS: Final = ("compare", "tiers", "slices")
#: Entries that one job compares pair by pair.
MAX_COMPARED: Final = 6
SCHEMA: Final = 1


def run_comparison(job: Mapping[str, Any]) -> dict[str, Any]:
    """Do a job of several scored entries and return what is to be written as its result.

    Parameters
    ----------
    job : mapping
        ``task`` (``compare``: every pair of two to six entries; ``tiers``: one to 50 entries; ``slices``: each entry),
        ``protocol``, the descriptor ``annotations``, ``split``, ``metric`` (for slices ``metrics`` and ``columns``, lists of
        strings), and ``entries``, a list of mappings of the descriptor ``per_query`` and the ``annotations_sha256`` and
        ``protocol_hash`` of the stored result.

    Returns
    -------
    dict
        ``outcome`` is ``compared`` with ``pairs`` (each with ``entries``, two numbers of the list counted from 0, and the
        fields of `Difference`), ``sorted`` with the fields of `Tiers`, ``sliced`` with ``entries`` (the fields of
        `Slices` for each), or ``refused`` with ``code`` and ``message`` of a `ComparisonError`.

    Raises
    ------
    ScoringError, KeyError, OSError
        When the job itself is wrong.
    """
    protocol = Protocol.from_mapping(job["protocol"])
    with os.fdopen(job["annotations"], "rb") as file:
        annotations = Annotations.read(file)
    under = {
        "schema": SCHEMA,
        "scorer_revision": SCORER_REVISION,
        "protocol_hash": protocol.hash,
        "annotations_sha256": annotations.sha256,
        "split": job["split"],
    }
    try:
        entries = [_entry(given) for given in job["entries"]]
        outcome, found = _WORK[job["task"]](job, entries, annotations, protocol)
    except ComparisonError as error:
        return {"outcome": "refused", "code": error.code, "message": str(error)}
    return {"outcome": outcome, "result": under | found}


def _entry(given: Mapping[str, Any]) -> Entry:
    with os.fdopen(given["per_query"], "rb") as file:
        return Entry.read(file, annotations_sha256=given["annotations_sha256"], protocol_hash=given["protocol_hash"])


def _compare(
    job: Mapping[str, Any], entries: list[Entry], annotations: Annotations, protocol: Protocol
) -> tuple[str, dict[str, Any]]:
    if not 2 <= len(entries) <= MAX_COMPARED:
        raise ComparisonError("too_many_entries", f"Two to {MAX_COMPARED} entries are compared, not {len(entries)}.")
    ground = lay_ground(annotations, protocol, entries)
    pairs = []
    for one, other in combinations(range(len(entries)), 2):
        found = difference_on(ground, entries[one], entries[other], metric=job["metric"], split=job["split"])
        pairs.append({"entries": [one, other], **asdict(found)})
    return "compared", {"metric": job["metric"], "pairs": pairs}


def _tiers(
    job: Mapping[str, Any], entries: list[Entry], annotations: Annotations, protocol: Protocol
) -> tuple[str, dict[str, Any]]:
    found = sort_into_tiers(
        entries, annotations=annotations, protocol=protocol, metric=job["metric"], split=job["split"]
    )
    return "sorted", {"metric": job["metric"], **asdict(found)}


def _slices(
    job: Mapping[str, Any], entries: list[Entry], annotations: Annotations, protocol: Protocol
) -> tuple[str, dict[str, Any]]:
    if not 1 <= len(entries) <= MAX_ENTRIES:
        raise ComparisonError("too_many_entries", f"1 to {MAX_ENTRIES} entries are sliced, not {len(entries)}.")
    found = [
        score_slices(
            entry,
            annotations=annotations,
            protocol=protocol,
            columns=job["columns"],
            metrics=job["metrics"],
            split=job["split"],
        )
        for entry in entries
    ]
    return "sliced", {"entries": [asdict(one) for one in found]}


_WORK: Final = {"compare": _compare, "tiers": _tiers, "slices": _slices}
