"""Baseline runs and what they leave."""

import json
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from agora.competitions.models import Phase
from agora.core.models import Leased
from agora.core.refs import RefField
from agora.submissions.models import Submission


class RunState(models.TextChoices):
    """queued → running → finished | failed | cancelled. A failed or cancelled run that can go on is queued again by a person."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Device(models.TextChoices):
    """Where a run may be computed: `auto` is whichever worker is free first."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


class Run(Leased):
    """One recipe, trained and answered by a worker on what participants see, with how far it is and how it ended."""

    ref = RefField()
    phase = models.ForeignKey(Phase, models.PROTECT, related_name="runs")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="runs")
    recipe = models.CharField(max_length=60)  # slug, with additions behind "+"
    title = models.CharField(max_length=80)
    card = models.JSONField(default=dict)
    overrides = ArrayField(models.CharField(max_length=200), default=list)  # key=value, in the order given
    # The recipe's tables with the overrides, as JSON that keeps their order; empty: nothing is learned.
    configuration = models.TextField(blank=True)
    seed = models.PositiveIntegerField(default=0)
    device = models.CharField(max_length=4, choices=Device, default=Device.AUTO)
    needs_torch = models.BooleanField(default=True)
    facets = models.PositiveIntegerField(default=0)  # bit mask over challenges.facets
    state = models.CharField(max_length=9, choices=RunState, default=RunState.QUEUED)
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True, blank=True)  # of the latest attempt
    finished_at = models.DateTimeField(null=True, blank=True)
    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    used_device = models.CharField(max_length=4, blank=True)  # of the worker that took it last
    # What its child said last: to show, never to judge by.
    progress = models.JSONField(default=dict)  # agora.runs.journal.Progress
    curve = models.JSONField(default=dict)  # losses, thinned: agora.runs.journal.Curve
    validations = models.JSONField(default=list)  # of iteration and metrics
    log = models.TextField(blank=True)  # its last lines
    environment = models.JSONField(default=dict)  # provenance, as the run wrote it
    seconds = models.FloatField(default=0.0)  # of computing, over all attempts
    peak_memory_bytes = models.BigIntegerField(default=0)
    # How it ended.
    reason = models.CharField(max_length=300, blank=True)
    is_resumable = models.BooleanField(default=False)
    error_code = models.CharField(max_length=40, blank=True)
    incident = models.CharField(max_length=12, blank=True)
    submission = models.ForeignKey(Submission, models.PROTECT, null=True, blank=True, related_name="runs")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="finished") | Q(submission__isnull=False), name="run_finished_has_its_entry"
            ),
            models.CheckConstraint(condition=~Q(state="failed") | ~Q(reason=""), name="run_failed_says_why"),
        ]
        indexes = [
            models.Index(fields=["priority", "queued_at", "id"], condition=Q(state="queued"), name="run_waiting"),
            models.Index(fields=["lease_until"], condition=Q(state="running"), name="run_leased"),
            models.Index(fields=["started_by", "created_at"], name="run_quota"),
        ]

    def __str__(self) -> str:
        return f"{self.recipe} {self.ref}"

    @property
    def tables(self) -> dict[str, Any]:
        """Return the configuration's tables."""
        return dict(json.loads(self.configuration)) if self.configuration else {}


class Artefact(models.Model):
    """A file that a run left, for its organisers to download."""

    run = models.ForeignKey(Run, models.PROTECT, related_name="artefacts")
    name = models.CharField(max_length=60)
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    # In the alias `submissions`, which web and trainers alone of their kind read.
    storage_key = models.CharField(max_length=200)

    class Meta:
        ordering = ["run", "name"]
        constraints = [models.UniqueConstraint(fields=["run", "name"], name="artefact_name_once")]

    def __str__(self) -> str:
        return self.name
