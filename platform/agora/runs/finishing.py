"""Keep what a finished run leaves: its files as objects, its answer as an entry."""

import hashlib
import json
import os
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, Final

from django.core.files import File

from agora.core.database import storable
from agora.core.refs import new_ref
from agora.core.storage import KEY, alias
from agora.runs.folders import RunFolder
from agora.runs.models import Artefact, Run
from agora.submissions.models import Submission
from agora.submissions.services import submit_baseline
from challenges.facets import from_mask, in_order, to_mask

#: The files that are kept, and what a page says of each.
KEPT: Final = {
    "ranking.csv": "the answer, as it was entered",
    "embeddings.npz": "embeddings of the test images",
    "model.safetensors": "weights of the trained model",
    "recipe.json": "the recipe with overrides and seed",
    "provenance.json": "hashes, versions, device and time",
    "events.jsonl": "every event of the run",
}
_PROVENANCE_BYTES: Final = 256 * 1024


@dataclass(frozen=True)
class Kept:
    """A finished run's entry, its stored files (rows not written yet) and where it was computed."""

    submission: Submission
    artefacts: tuple[Artefact, ...]
    facets: int
    environment: dict[str, Any]


def keep(run: Run, folder: RunFolder, said_facets: tuple[str, ...]) -> Kept:
    """Store the files of a run and enter its answer through the ordinary path.

    Raises
    ------
    ParticipantError
        The entry is refused: the answer is not complete, or the phase has lost its ground truth.
    OSError
        A file cannot be read or stored.
    """
    facets = run.facets | _mask(said_facets)
    submission = _entered(run, folder, facets)
    artefacts = tuple(_stored(run, folder.work / name) for name in KEPT if (folder.work / name).is_file())
    return Kept(submission, artefacts, facets, _environment(folder))


def _mask(slugs: tuple[str, ...]) -> int:
    try:
        return to_mask(in_order(slugs))
    except ValueError:
        return 0


def _entered(run: Run, folder: RunFolder, facets: int) -> Submission:
    """Enter the answer, once: an attempt that died behind this line finds its entry."""
    earlier = Submission.objects.filter(run_ref=run.ref).first()
    return earlier or submit_baseline(
        run.phase,
        recipe=run.recipe,
        file=folder.ranking,
        title=run.title,
        card=run.card,
        facets=from_mask(facets),
        run_ref=run.ref,
    )


def _stored(run: Run, path: Path) -> Artefact:
    """Store one file under its own hash; the object is written before its row."""
    with _opened(path) as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
        file.seek(0)
        key = f"runs/{run.ref}-{new_ref()}/{sha256}{path.suffix}"
        key = key if KEY.fullmatch(key) else key.removesuffix(path.suffix)
        stored = alias("submissions").save(key, File(file))
    return Artefact(run=run, name=path.name, size_bytes=size, sha256=sha256, storage_key=stored)


def _opened(path: Path) -> BufferedReader:
    """Open a file that a child made, following no link that it may have laid."""
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb")


def _environment(folder: RunFolder) -> dict[str, Any]:
    """Return what the run wrote of its surroundings, empty if that cannot be read."""
    path = folder.work / "provenance.json"
    try:
        with _opened(path) as file:
            found = json.loads(file.read(_PROVENANCE_BYTES), parse_constant=lambda name: name)
    except (OSError, ValueError, RecursionError):
        return {}
    return dict(storable(found)) if isinstance(found, dict) else {}
