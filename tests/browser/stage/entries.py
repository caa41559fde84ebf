"""Make entries in every state."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from agora.competitions.models import Competition, Phase
from agora.core.attempts import REASONS
from agora.submissions.models import Evaluation, EvaluationState, Kind, Submission
from scoring import SubmissionFormat
from tests.agora.factories import make_ready_upload, platform_entry, scored_entry, spec_of, team_of
from tests.browser.stage.people import Stage
from tests.browser.stage.uploads import INCIDENT
from tests.scoring.sets import report

_NEVER = datetime(2100, 1, 1, tzinfo=UTC)
_ROWS = [
    {"track": "ag", "role": role, "image_id": image, "pid": image[1:], "camid": "1"}
    for role, images in (("query", ("q1", "q2")), ("gallery", ("g1", "g2")))
    for image in images
]


def make(stage: Stage) -> None:
    """Make one entry of `heron` for each state, and the day's quota of `spent`."""
    phase = Competition.objects.get(slug="agsynth").phases.get(slug="ranking")
    stage.refs["entry-scored"] = _scored(stage, phase).ref
    stage.refs["entry-platform"] = platform_entry(phase, "swinv2_base_circle", 0.61, method="SwinV2-B 256").ref
    stage.refs["entry-queued"] = _entry(stage, phase, state=EvaluationState.QUEUED, not_before=_NEVER).ref
    held = {"owner": "stage", "attempt": 1, "lease_until": timezone.now() + timedelta(days=1)}
    scoring = {"state": EvaluationState.SCORING, "started_at": timezone.now(), **held}
    stage.refs["entry-scoring"] = _entry(stage, phase, **scoring).ref
    found = report(_ROWS, b"query_id,gallery_ids\nq1,g1 g2 g2\nq9,g1 g3\n", described=SubmissionFormat())
    invalid = {"state": EvaluationState.INVALID, "report": found.to_mapping(), "finished_at": timezone.now()}
    stage.refs["entry-invalid"] = _entry(stage, phase, **invalid).ref
    cancelled = {"state": EvaluationState.CANCELLED, "finished_at": timezone.now()}
    stage.refs["entry-cancelled"] = _entry(stage, phase, **cancelled).ref
    for code in REASONS:
        error = {"state": EvaluationState.ERROR, "error_code": code, "incident": INCIDENT}
        stage.refs[f"entry-error-{code}"] = _entry(stage, phase, **error, finished_at=timezone.now()).ref
    for _ in range(phase.daily_quota):
        scored_entry(phase, stage.users["spent"], 0.4, charged_on=timezone.now().date())


def _scored(stage: Stage, phase: Phase) -> Submission:
    """Return an entry on the second page of the board, with intervals, a whole CMC and counts."""
    scores: dict[tuple[str, str, str], Any] = {
        ("public", track, metric): (value, value - 0.036, value + 0.036)
        for track, shift in (("macro", 0.0), ("aerial_ground", -0.03), ("ground_aerial", 0.03))
        for metric, value in {
            "rank-1": 0.6625 + shift,
            "rank-5": 0.8210 + shift,
            "rank-10": 0.88 + shift,
            "mINP": 0.3177 + shift,
        }.items()
    }
    scores |= {("public", "micro", f"rank-{rank}"): 0.6 + rank / 200 for rank in (1, 2, 5, 10, 20, 50)}
    scores[("public", "macro", "mAP")] = (0.5812, 0.545, 0.617)
    scores |= {("public", "macro", "rank-2"): 0.7, ("public", "macro", "rank-20"): 0.91}
    scores |= {("public", "macro", "rank-50"): 0.97, ("public", "aerial_ground", "mAP"): (0.554, 0.513, 0.595)}
    scores |= {("public", "ground_aerial", "mAP"): (0.6084, 0.568, 0.648)}
    facets = 0b111
    entry = scored_entry(
        phase, stage.users["heron"], 0.5812, scores=scores, method="Swin-B 384, flip, and a longer text", facets=facets
    )
    counts = [
        {"split": "public", "track": track, "queries": 240, "identities": 48, "skipped": 0}
        for track in ("macro", "micro", "aerial_ground", "ground_aerial")
    ]
    Evaluation.objects.filter(submission=entry).update(counts=counts, attempt=1, started_at=timezone.now())
    Submission.objects.filter(pk=entry.pk).update(card={"Backbone": "Swin-B", "GMACs": "47"})
    return entry


def _entry(stage: Stage, phase: Phase, **fields: Any) -> Submission:
    user = stage.users["heron"]
    upload = make_ready_upload(phase, user, filename="heron_v3.csv", size_bytes=6_200_000)
    team = team_of(user, phase.competition)
    submission = Submission.objects.create(
        upload=upload,
        phase=phase,
        kind=Kind.PARTICIPANT,
        team=team,
        number=Submission.objects.filter(team=team).count() + 1,
        note="Swin-B 384, flip",
        submitted_by=user,
    )
    Evaluation.objects.create(submission=submission, spec=spec_of(phase), **fields)
    return submission
