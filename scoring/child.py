"""Check or score one file in a process of its own: ``python -I -m scoring.child FD``.

FD is an inherited descriptor that holds the job as JSON; every file in it is a descriptor too, so that the process
needs no path. Whatever was found is written to the descriptor `result` as JSON and the exit status is 0; any other end
is no statement about the file.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from importlib.abc import MetaPathFinder
from typing import Any, Final

from scoring.annotations import Annotations
from scoring.comparison.jobs import TASKS, run_comparison
from scoring.errors import InvalidSubmissionError
from scoring.evaluation import evaluate
from scoring.formats.description import Limits, SubmissionFormat
from scoring.manifest import Manifest
from scoring.protocol import Protocol
from scoring.submission import check

_WRONG_CALL: Final = 2


class _WithoutPandas(MetaPathFinder):
    """Hide pandas from PyArrow, which loads it wherever it is installed: a second and 60 MB for nothing done here."""

    def find_spec(self, name: str, _path: object, _target: object = None) -> None:
        """Refuse pandas and leave everything else to the other finders."""
        if name == "pandas":
            raise ModuleNotFoundError("pandas is not used here", name=name)


def run(job: Mapping[str, Any]) -> dict[str, Any]:
    """Do the job and return what is to be written as its result.

    Parameters
    ----------
    job : mapping
        ``task`` (``check`` or ``evaluate``), ``format``, ``protocol``, ``limits``, and the descriptors ``submission``,
        ``images`` (manifest, for a check), ``annotations`` (for an evaluation), ``gallery_identities`` (JSON list of
        strings or null) and ``per_query`` (Parquet is written there, or null). The tasks ``compare``, ``tiers`` and
        ``slices`` are those of `scoring.comparison.jobs`.

    Returns
    -------
    dict
        ``outcome`` is ``report`` (a check), ``scored`` or ``invalid``; ``compared``, ``sorted``, ``sliced`` or ``refused``.

    Raises
    ------
    ScoringError, KeyError, OSError
        When the job itself is wrong.
    """
    if job["task"] in TASKS:
        return run_comparison(job)
    described = SubmissionFormat.from_mapping(job["format"])
    protocol = Protocol.from_mapping(job["protocol"])
    limits = Limits.from_mapping(job.get("limits") or {})
    with os.fdopen(job["submission"], "rb") as submission:
        if job["task"] == "check":
            with os.fdopen(job["images"], "rb") as images:
                manifest = Manifest.read(images)
            report = check(
                submission,
                manifest=manifest,
                submission_format=described,
                protocol=protocol,
                gallery_identities=_identities(job.get("gallery_identities")),
                limits=limits,
            )
            return {"outcome": "report", "report": report.to_mapping()}
        with os.fdopen(job["annotations"], "rb") as file:
            annotations = Annotations.read(file)
        try:
            result = evaluate(
                submission, annotations=annotations, submission_format=described, protocol=protocol, limits=limits
            )
        except InvalidSubmissionError as error:
            return {"outcome": "invalid", "report": error.report.to_mapping()}
    if job.get("per_query") is not None:
        with os.fdopen(job["per_query"], "wb") as per_query:
            result.write_per_query(per_query)
    return {"outcome": "scored", "result": result.to_mapping()}


def main(arguments: list[str]) -> int:
    """Run the job of the descriptor named in the arguments; return the exit status."""
    sys.meta_path.insert(0, _WithoutPandas())
    if len(arguments) != 1 or not arguments[0].isdigit():
        sys.stderr.write("usage: python -I -m scoring.child FD\n")
        return _WRONG_CALL
    with os.fdopen(int(arguments[0]), "rb") as file:
        job = json.load(file)
    content = json.dumps(run(job), ensure_ascii=False, allow_nan=False).encode()
    with os.fdopen(job["result"], "wb") as result:
        result.write(content)
    return 0


def _identities(descriptor: int | None) -> frozenset[str] | None:
    """Read the released identities."""
    if descriptor is None:
        return None
    with os.fdopen(descriptor, "rb") as file:
        return frozenset(json.load(file))


if __name__ == "__main__":
    ending = main(sys.argv[1:])
    sys.stderr.flush()
    # The result is written, so nothing is gained by taking the interpreter down. Once, under load, a child aborted at its end
    # ("terminate called without an active exception"). It could not be provoked again: that a thread of PyArrow let go of a
    # Python object too late is a guess.
    os._exit(ending)
