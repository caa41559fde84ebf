"""Rows of boards. They are opened and closed, never edited: that is the history that "as of" reads."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from agora.competitions.models import Phase, Spec, Team
from agora.submissions.models import Evaluation, Kind, Submission


class BoardRow(models.Model):
    """A scored submission as boards of one spec see it, from `shown_from` until `shown_to`."""

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="board_rows")
    spec = models.ForeignKey(Spec, models.PROTECT, related_name="board_rows")
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="board_rows")
    phase = models.ForeignKey(Phase, models.PROTECT, related_name="board_rows")
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="board_rows")
    kind = models.CharField(max_length=13, choices=Kind)
    facets = models.PositiveIntegerField(default=0)
    public = models.FloatField()  # primary metric, exact
    private = models.FloatField(null=True, blank=True)
    shown_public = models.FloatField()  # as disclosed: rounded or laddered
    shown_private = models.FloatField(null=True, blank=True)
    received_at = models.DateTimeField()  # last byte of the upload: earlier wins a tie
    shown_from = models.DateTimeField(db_default=Now())
    shown_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "spec"], condition=Q(shown_to__isnull=True), name="board_row_open_once"
            ),
            models.CheckConstraint(condition=Q(public__range=(0, 1)), name="board_row_public_is_a_fraction"),
            models.CheckConstraint(
                condition=Q(private__isnull=True) | Q(private__range=(0, 1)), name="board_row_private_is_a_fraction"
            ),
        ]
        indexes = [
            models.Index(
                fields=["phase", "spec", "team", "-shown_public", "received_at", "id"],
                condition=Q(shown_to__isnull=True),
                name="board_row_open",
            )
        ]
