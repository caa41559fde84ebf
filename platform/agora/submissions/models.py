"""Uploads, submissions, evaluations and scores."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from agora.competitions.models import Phase, Spec, Team
from agora.core.models import Leased
from agora.core.refs import RefField


class UploadState(models.TextChoices):
    """receiving → checking → rejected | ready."""

    RECEIVING = "receiving"
    CHECKING = "checking"
    REJECTED = "rejected"
    READY = "ready"


class Upload(Leased):
    """Bytes received from a person, with the report of their check. Claimed for the check like any other work."""

    ref = RefField()
    phase = models.ForeignKey(Phase, models.PROTECT, related_name="uploads")
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="uploads")  # None: our own runs
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="uploads"
    )
    state = models.CharField(max_length=10, choices=UploadState, default=UploadState.RECEIVING)
    filename = models.CharField(max_length=200)  # shown to its owner; never part of a path
    declared_bytes = models.BigIntegerField()
    size_bytes = models.BigIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    storage_key = models.CharField(max_length=200, blank=True)  # alias `submissions`
    created_at = models.DateTimeField(db_default=Now())
    received_at = models.DateTimeField(null=True, blank=True)  # when the last byte arrived
    checked_at = models.DateTimeField(null=True, blank=True)
    report = models.JSONField(null=True, blank=True)  # scoring.Report
    error_code = models.CharField(max_length=40, blank=True)
    incident = models.CharField(max_length=12, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["priority", "queued_at", "id"], condition=Q(state="checking", owner=""), name="upload_waiting"
            ),
            models.Index(fields=["lease_until"], condition=Q(state="checking") & ~Q(owner=""), name="upload_leased"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="receiving")
                | Q(state="rejected")
                | (~Q(storage_key="") & ~Q(sha256="") & Q(received_at__isnull=False)),
                name="upload_has_its_bytes",
            )
        ]


class Kind(models.TextChoices):
    """Who stands behind a submission."""

    PARTICIPANT = "participant"
    BASELINE = "baseline"
    SANDBOX = "sandbox"
    ORGANISER_RUN = "organiser-run"


class Submission(models.Model):
    """An upload entered for scoring. It has no state of its own: pages show that of its evaluation under the current spec."""

    ref = RefField()
    upload = models.ForeignKey(Upload, models.PROTECT, related_name="submissions")
    phase = models.ForeignKey(Phase, models.PROTECT, related_name="submissions")
    kind = models.CharField(max_length=13, choices=Kind)
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="submissions")
    recipe = models.SlugField(max_length=60, blank=True)  # of a run by our own workers
    run_ref = models.CharField(max_length=12, blank=True)  # reference of that run, which lives in an app above this one
    number = models.PositiveIntegerField()  # counts the team's entries in the competition from 1
    note = models.CharField(max_length=200)
    title = models.CharField(max_length=80, blank=True)  # name on the board of a row without a team
    method = models.CharField(max_length=160, blank=True)
    card = models.JSONField(default=dict)  # backbone, embedding size, pre-training, …
    facets = models.PositiveIntegerField(default=0)  # bit mask over challenges.facets
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="submissions"
    )
    submitted_at = models.DateTimeField(db_default=Now())
    charged_on = models.DateField(null=True, blank=True)  # the UTC day whose quota it uses
    released_at = models.DateTimeField(null=True, blank=True)  # when the charge was given back
    is_selected = models.BooleanField(default=False)  # chosen for the final ranking

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(
                    (Q(kind__in=["participant", "sandbox"]) & Q(team__isnull=False) & Q(recipe=""))
                    | (Q(kind__in=["baseline", "organiser-run"]) & Q(team__isnull=True) & ~Q(recipe=""))
                ),
                name="submission_kind_fits_its_author",
            ),
            models.CheckConstraint(
                condition=Q(charged_on__isnull=True) | Q(kind="participant"),
                name="submission_only_participants_are_charged",
            ),
            models.UniqueConstraint(
                fields=["team", "number"], condition=Q(team__isnull=False), name="submission_number_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["team", "phase", "charged_on"], condition=Q(released_at__isnull=True), name="submission_charges"
            )
        ]


class EvaluationState(models.TextChoices):
    """queued → scoring → scored | invalid | error | cancelled. The last four are final."""

    QUEUED = "queued"
    SCORING = "scoring"
    SCORED = "scored"
    INVALID = "invalid"  # the participant's fault: reasons listed
    ERROR = "error"  # ours: an incident, and the quota is given back
    CANCELLED = "cancelled"


class Evaluation(Leased):
    """One run of the scorer on (submission, spec)."""

    ref = RefField()
    submission = models.ForeignKey(Submission, models.PROTECT, related_name="evaluations")
    spec = models.ForeignKey(Spec, models.PROTECT, related_name="evaluations")
    state = models.CharField(max_length=10, choices=EvaluationState, default=EvaluationState.QUEUED)
    started_at = models.DateTimeField(null=True, blank=True)  # of the latest attempt
    finished_at = models.DateTimeField(null=True, blank=True)
    report = models.JSONField(null=True, blank=True)  # reasons of `invalid`
    error_code = models.CharField(max_length=40, blank=True)
    incident = models.CharField(max_length=12, blank=True)
    counts = models.JSONField(default=list)  # queries, identities, skipped by split and track
    warnings = models.JSONField(default=list)
    interval_kind = models.CharField(max_length=30, blank=True)
    results_key = models.CharField(max_length=200, blank=True)  # per-query Parquet, alias `results`
    results_sha256 = models.CharField(max_length=64, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    peak_memory_bytes = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["submission", "spec"], name="evaluation_once")]
        indexes = [
            models.Index(
                fields=["priority", "queued_at", "id"], condition=Q(state="queued"), name="evaluation_waiting"
            ),
            models.Index(fields=["lease_until"], condition=Q(state="scoring"), name="evaluation_leased"),
        ]


class Score(models.Model):
    """One value in [0, 1]. Written by insert-or-compare, never updated."""

    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="scores")
    split = models.CharField(max_length=7, choices=[("public", "public"), ("private", "private"), ("all", "all")])
    track = models.CharField(max_length=40)  # a track's slug, `micro` or `macro`
    metric = models.CharField(max_length=20)
    value = models.FloatField()
    low = models.FloatField(null=True, blank=True)  # None: fewer than 20 identities
    high = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "split", "track", "metric"], name="score_once"),
            # PostgreSQL holds NaN equal to itself and above every number, so BETWEEN is what keeps it out.
            models.CheckConstraint(condition=Q(value__range=(0, 1)), name="score_is_a_fraction"),
            models.CheckConstraint(
                condition=(Q(low__isnull=True) & Q(high__isnull=True)) | (Q(low__range=(0, 1)) & Q(high__range=(0, 1))),
                name="score_interval_is_whole",
            ),
        ]


class ComparisonTask(models.TextChoices):
    """What the scorer may be asked about entries that are scored."""

    COMPARE = "compare"  # the paired test of two entries
    TIERS = "tiers"  # which entries of a board cannot be told apart
    SLICES = "slices"  # an entry's scores by columns of the annotations


class ComparisonState(models.TextChoices):
    """queued → running → done | refused | error | outdated. An outdated one is queued again when it is asked for again."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"  # the scorer says why there is no such number
    ERROR = "error"  # ours: an incident
    OUTDATED = "outdated"  # its board changed before it was computed


class Comparison(Leased):
    """A question to the scorer about scored entries, with its answer: pages read these rows and nothing beneath them.

    `fingerprint` is of all that the answer depends on (submissions.comparisons), so a board whose entries changed has no answer
    until it has its own.
    """

    task = models.CharField(max_length=7, choices=ComparisonTask)
    fingerprint = models.CharField(max_length=64, unique=True)
    spec = models.ForeignKey(Spec, models.PROTECT, related_name="comparisons")
    phase = models.ForeignKey(Phase, models.PROTECT, related_name="comparisons")
    # Whose page shows it; None for a board's.
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, null=True, blank=True, related_name="comparisons")
    entries = ArrayField(models.BigIntegerField())  # keys of the evaluations, in the order of the answer
    split = models.CharField(max_length=7)
    metric = models.CharField(max_length=20)
    columns = ArrayField(models.CharField(max_length=40), default=list)  # of the annotations, for slices
    state = models.CharField(max_length=8, choices=ComparisonState, default=ComparisonState.QUEUED)
    finished_at = models.DateTimeField(null=True, blank=True)
    result = models.JSONField(null=True, blank=True)  # exact: what may be shown of it, disclosure says
    error_code = models.CharField(max_length=40, blank=True)
    incident = models.CharField(max_length=12, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(task="tiers", evaluation__isnull=True) | (~Q(task="tiers") & Q(evaluation__isnull=False)),
                name="comparison_has_its_page",
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(result__isnull=False), name="comparison_done_has_a_result"
            ),
        ]
        indexes = [
            models.Index(
                fields=["priority", "queued_at", "id"], condition=Q(state="queued"), name="comparison_waiting"
            ),
            models.Index(fields=["lease_until"], condition=Q(state="running"), name="comparison_leased"),
            GinIndex(fields=["entries"], condition=~Q(task="tiers"), name="comparison_of_entry"),
        ]
