"""Bring hidden annotations to the site, and phases to a new version of them or of the scorer, each at once."""

import hashlib
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Max

from agora.accounts.models import User
from agora.activity.services import record
from agora.competitions.models import Competition, GroundTruth, Phase, Spec
from agora.core.queue import wake
from agora.core.refs import new_ref
from agora.core.storage import alias
from agora.submissions.entries import RESCORE_PRIORITY
from agora.submissions.models import Evaluation, EvaluationState, Submission
from challenges import load, slugs
from scoring import SCORER_REVISION, Annotations, AnnotationsError, Protocol, SubmissionFormat, protocol_problems


class GroundTruthError(Exception):
    """The file cannot be this competition's ground truth; every problem is in the message, one in a line."""


@dataclass(frozen=True)
class _Objects:
    """What is stored of one version."""

    storage_key: str
    manifest_key: str
    manifest_sha256: str
    identities_key: str


def import_annotations(competition: Competition, file: Path, actor: User | None = None) -> GroundTruth:
    """Make the annotations in `file` the competition's ground truth and let every phase be scored by it.

    Stores the file as it is where only scoring workers read, its list of images without labels where everybody may, and the
    gallery's identities too if a phase's protocol releases them. In one transaction, under a lock on the competition: the new
    version, a spec for each phase, the phases' pointers to them, evaluations under the new spec for what was entered already,
    and an audit event. The same file again changes nothing.

    Raises
    ------
    GroundTruthError
        The file cannot be read, its tracks or counts are not those of the competition, or a phase's protocol cannot be used on it.
    """
    content = file.read_bytes()
    annotations = _read(content, competition)
    latest = competition.ground_truths.order_by("-version").first()
    if latest is not None and latest.sha256 == annotations.sha256:
        return latest
    with _stored(competition, content, annotations) as objects, transaction.atomic():
        Competition.objects.select_for_update(no_key=True).get(pk=competition.pk)
        version = (competition.ground_truths.aggregate(last=Max("version"))["last"] or 0) + 1
        truth = GroundTruth.objects.create(
            competition=competition,
            version=version,
            storage_key=objects.storage_key,
            sha256=annotations.sha256,
            size_bytes=len(content),
            manifest_key=objects.manifest_key,
            manifest_sha256=objects.manifest_sha256,
            identities_key=objects.identities_key,
            summary=annotations.summary(),
            created_by=actor,
        )
        rescored = sum(_point_to(truth, phase) for phase in competition.phases.all())
        facts = {"version": version, "sha256": truth.sha256, "rescored": rescored}
        record(actor, "import-annotations", competition.slug, data=facts)
    return truth


def follow_scorer() -> int:
    """Let every phase be scored by this site's scorer where that is a newer revision; return how many evaluations were queued.

    Only ever forwards: processes of two versions that run beside each other must not pull a phase to and fro.
    """
    older = Phase.objects.filter(current_spec__scorer_revision__lt=SCORER_REVISION)
    rescored = 0
    for number in older.values_list("competition", flat=True).distinct().order_by("competition"):
        with transaction.atomic():
            competition = Competition.objects.select_for_update(no_key=True).get(pk=number)
            found = list(
                older.filter(competition=competition).select_related("current_spec__ground_truth").order_by("pk")
            )
            queued = sum(_point_to(phase.current_spec.ground_truth, phase) for phase in found if phase.current_spec)
            if found:
                facts = {"revision": SCORER_REVISION, "phases": [phase.slug for phase in found], "rescored": queued}
                record(None, "follow-scorer", competition.slug, data=facts)
            rescored += queued
    return rescored


def spec_for(truth: GroundTruth, phase: Phase) -> Spec:
    """Return the spec of a phase under a ground-truth version and this site's scorer, made if there is none."""
    protocol = Protocol.from_mapping(phase.protocol)
    described = SubmissionFormat.from_mapping(phase.format).to_mapping()
    canonical = json.dumps(described, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    spec, _ = Spec.objects.get_or_create(
        ground_truth=truth,
        protocol_hash=protocol.hash,
        format_hash=hashlib.sha256(canonical.encode()).hexdigest()[:16],
        scorer_revision=SCORER_REVISION,
        defaults={"protocol": protocol.to_mapping(), "format": described},
    )
    return spec


def _point_to(truth: GroundTruth, phase: Phase) -> int:
    """Move a phase's pointer and queue what was entered under the spec before it; return how many evaluations were queued."""
    spec = spec_for(truth, phase)
    Phase.objects.filter(pk=phase.pk).update(current_spec=spec)
    alive = (EvaluationState.QUEUED, EvaluationState.SCORING, EvaluationState.SCORED)
    entered = Submission.objects.filter(phase=phase, evaluations__state__in=alive).distinct()
    rows = [
        Evaluation(submission=submission, spec=spec, priority=RESCORE_PRIORITY)
        for submission in entered.exclude(evaluations__spec=spec).order_by("pk")
    ]
    Evaluation.objects.bulk_create(rows)
    if rows:
        wake("scoring")
    return len(rows)


def _read(content: bytes, competition: Competition) -> Annotations:
    try:
        annotations = Annotations.read(io.BytesIO(content))
    except AnnotationsError as error:
        raise GroundTruthError("\n".join(error.problems)) from error
    problems = list(_differences(annotations, competition))
    if problems:
        raise GroundTruthError("\n".join(problems))
    return annotations


def _differences(annotations: Annotations, competition: Competition) -> Iterator[str]:
    """Yield what says that these are another test set's annotations."""
    found, expected = annotations.manifest.tracks, [track.slug for track in competition.tracks.all()]
    if sorted(found) != sorted(expected):
        yield f"The file has the tracks {', '.join(found)}; {competition.title} has {', '.join(expected)}."
        return
    for phase in competition.phases.all():
        problems = protocol_problems(annotations, Protocol.from_mapping(phase.protocol))
        yield from (f"{phase.title}: {problem}" for problem in problems)
    if competition.slug not in slugs():
        return
    for track in load(competition.slug).tracks:
        counts = {
            "queries": len(annotations.manifest.queries(track.slug)),
            "gallery": annotations.manifest.n_gallery(track.slug),
        }
        for what, count in counts.items():
            wanted = getattr(track, what)
            if wanted is not None and wanted != count:
                yield f"Track {track.slug}: {count:,} {what} images; the challenge has {wanted:,}."


@contextmanager
def _stored(competition: Competition, content: bytes, annotations: Annotations) -> Iterator[_Objects]:
    """Store the objects of a version before its row, and take them away again if the row is not written."""
    ref, written = new_ref(), []

    def store(where: str, kind: str, body: bytes) -> tuple[str, str]:
        sha256 = hashlib.sha256(body).hexdigest()
        key = alias(where).save(f"{kind}/{ref}/{sha256}", ContentFile(body))
        written.append((where, key))
        return key, sha256

    manifest = io.BytesIO()
    annotations.manifest.write(manifest)
    releases = any(phase.protocol.get("gallery_labels") == "released" for phase in competition.phases.all())
    names = json.dumps(sorted(annotations.identities), ensure_ascii=False)
    try:
        truth_key, _ = store("ground_truth", "annotations", content)
        manifest_key, manifest_sha256 = store("public", "manifests", manifest.getvalue())
        identities_key = store("public", "identities", names.encode())[0] if releases else ""
        yield _Objects(truth_key, manifest_key, manifest_sha256, identities_key)
    except BaseException:
        for where, key in written:
            alias(where).delete(key)
        raise
