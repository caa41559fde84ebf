"""Uploads, submissions and evaluations as operators see them; scores are left out: the private ones are not theirs to read."""

from django.contrib import admin

from agora.core.admin import KeptAdmin
from agora.submissions.models import Comparison, Evaluation, Submission, Upload


@admin.register(Upload)
class UploadAdmin(KeptAdmin):
    list_display = ("ref", "phase", "team", "filename", "state", "size_bytes", "received_at", "incident")
    list_filter = ("state", "phase")
    search_fields = ("ref", "sha256", "filename", "incident")


@admin.register(Submission)
class SubmissionAdmin(KeptAdmin):
    list_display = ("ref", "phase", "kind", "team", "title", "number", "submitted_at", "charged_on", "released_at")
    list_filter = ("kind", "phase")
    search_fields = ("ref", "note", "title")


@admin.register(Evaluation)
class EvaluationAdmin(KeptAdmin):
    list_display = ("ref", "submission", "state", "attempt", "queued_at", "finished_at", "error_code", "incident")
    list_filter = ("state",)
    search_fields = ("ref", "incident", "submission__ref")
    # The scorer's own words hold numbers more exact than any that may be shown; where results lie is the workers' business.
    exclude = ("warnings", "results_key", "results_sha256")


@admin.register(Comparison)
class ComparisonAdmin(KeptAdmin):
    list_display = ("task", "phase", "split", "state", "attempt", "queued_at", "finished_at", "error_code", "incident")
    list_filter = ("task", "state", "phase")
    search_fields = ("incident",)
    exclude = ("result",)  # exact numbers, of private parts too: staff take part in competitions
